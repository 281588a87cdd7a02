//! Hashes and proofs of the tree (RFC 6962, section 2.1; `docs/spec/log.md`, section 2).

use crate::bytes::MAX_INTEGER;
use crate::crypto::sha256;

/// A SHA-256: a leaf hash, an inner node, or a root.
pub type Hash = [u8; 32];

/// SHA-256(0x00 || entry): the one identifier of an entry of a log.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

fn empty_root() -> Hash {
    sha256(&[])
}

/// The way from a leaf up to the root of a tree: where the node is on its level, and where the last node is.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    /// Whether the next hash of a proof stands on the left. A node without a sibling is moved up until it has one.
    fn sibling_is_left(&mut self) -> bool {
        let is_left = self.node & 1 == 1 || self.node == self.last;
        if is_left {
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
        }
        is_left
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    fn is_at_root(&self) -> bool {
        self.last == 0
    }
}

/// Whether `proof` shows that `leaf` is at the zero-based `index` of the tree of `size` leaves under `root`. The
/// hashes go from the leaf's sibling upwards. False for sizes above 2^53-1.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size || size > MAX_INTEGER {
        return false;
    }
    let mut climb = Climb { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        if climb.is_at_root() {
            return false;
        }
        hash = if climb.sibling_is_left() { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
        climb.up();
    }
    climb.is_at_root() && hash == *root
}

/// Whether `proof` shows that the tree of `old_size` leaves under `old_root` is the beginning of that of `new_size`
/// under `new_root`. Between equal sizes and from size 0 the proof is empty, and the roots are compared all the same.
/// False for sizes above 2^53-1.
pub fn verify_consistency(old_size: u64, old_root: &Hash, new_size: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old_size > new_size || new_size > MAX_INTEGER || (new_size == 0 && *new_root != empty_root()) {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let mut climb = Climb { node: old_size - 1, last: new_size - 1 };
    while climb.node & 1 == 1 {
        climb.up();
    }
    // Where the old tree is a node of the new one its hash starts the computation, and the proof leaves it out.
    let (seed, rest) = match proof.split_first() {
        _ if old_size.is_power_of_two() => (old_root, proof),
        Some(parts) => parts,
        None => return false,
    };
    let (mut old, mut new) = (*seed, *seed);
    for sibling in rest {
        if climb.is_at_root() {
            return false;
        }
        if climb.sibling_is_left() {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        } else {
            new = node_hash(&new, sibling);
        }
        climb.up();
    }
    climb.is_at_root() && old == *old_root && new == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    /// RFC 6962 as it is written, recursively.
    fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                node_hash(&root(left), &root(right))
            }
        }
    }

    fn split(count: usize) -> usize {
        count.next_power_of_two() / 2
    }

    fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() < 2 {
            return vec![];
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        let (mut inner, outer) = if index < left.len() {
            (path(index, left), root(right))
        } else {
            (path(index - left.len(), right), root(left))
        };
        inner.push(outer);
        inner
    }

    fn subproof(old: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if is_whole { vec![] } else { vec![root(leaves)] };
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        let (mut inner, outer) = if old <= left.len() {
            (subproof(old, left, is_whole), root(right))
        } else {
            (subproof(old - left.len(), right, false), root(left))
        };
        inner.push(outer);
        inner
    }

    fn damages(proof: &[Hash]) -> Vec<Vec<Hash>> {
        let mut out: Vec<Vec<Hash>> = (0..proof.len())
            .map(|i| {
                let mut bad = proof.to_vec();
                bad[i][i % 32] ^= 1;
                bad
            })
            .collect();
        out.push([proof, &[[0; 32]]].concat());
        if let Some((_, shorter)) = proof.split_last() {
            out.push(shorter.to_vec());
        }
        out
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven_and_no_damage_is() {
        for size in 1..70 {
            let leaves = leaves(size);
            let root = root(&leaves);
            for index in 0..size {
                let leaf = &leaves[index as usize];
                let proof = path(index as usize, &leaves);
                assert!(verify_inclusion(leaf, index, size, &proof, &root));
                assert!(!verify_inclusion(leaf, index, size, &proof, &[7; 32]));
                assert!(!verify_inclusion(&[7; 32], index, size, &proof, &root));
                assert!(!verify_inclusion(leaf, size, size, &proof, &root));
                assert!(size == 1 || !verify_inclusion(leaf, (index + 1) % size, size, &proof, &root));
                for bad in damages(&proof) {
                    assert!(!verify_inclusion(leaf, index, size, &bad, &root), "{index} of {size}");
                }
            }
        }
    }

    #[test]
    fn every_two_sizes_are_consistent_and_no_damage_is() {
        let all = leaves(40);
        for new in 1..=all.len() {
            for old in 1..new {
                let (old_root, new_root) = (root(&all[..old]), root(&all[..new]));
                let verify = |proof: &[Hash]| verify_consistency(old as u64, &old_root, new as u64, &new_root, proof);
                let proof = subproof(old, &all[..new], true);
                assert!(verify(&proof), "{old} to {new}");
                for bad in damages(&proof) {
                    assert!(!verify(&bad), "{old} to {new}");
                }
                assert!(!verify_consistency(new as u64, &new_root, old as u64, &old_root, &proof));
            }
        }
    }

    #[test]
    fn empty_trees_and_equal_sizes_take_an_empty_proof() {
        let (empty, one) = (empty_root(), leaf_hash(b""));
        assert!(verify_consistency(0, &empty, 0, &empty, &[]));
        assert!(!verify_consistency(0, &one, 0, &one, &[]));
        assert!(verify_consistency(0, &empty, 9, &one, &[]));
        assert!(!verify_consistency(0, &one, 9, &one, &[]));
        assert!(!verify_consistency(0, &empty, 9, &one, &[one]));
        assert!(verify_consistency(5, &one, 5, &one, &[]));
        assert!(!verify_consistency(5, &one, 5, &empty, &[]));
        assert!(!verify_consistency(5, &one, 5, &one, &[one]));
    }

    #[test]
    fn sizes_above_2_to_the_53_are_none() {
        assert!(!verify_inclusion(&[0; 32], 0, MAX_INTEGER + 1, &[], &[0; 32]));
        assert!(!verify_consistency(MAX_INTEGER + 1, &[0; 32], MAX_INTEGER + 1, &[0; 32], &[]));
    }
}
