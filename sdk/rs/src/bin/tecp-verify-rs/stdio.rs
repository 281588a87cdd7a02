//! Standard input and output as the files that they are. Those of `std::io` take an input that cannot be read for an
//! empty one, and are content with an output that cannot be written.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::fd::AsFd;

pub fn input() -> io::Result<impl Read> {
    #[cfg(unix)]
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    #[cfg(not(unix))]
    let input = io::stdin();
    Ok(input)
}

pub fn output() -> io::Result<impl Write> {
    #[cfg(unix)]
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    #[cfg(not(unix))]
    let output = io::stdout();
    Ok(output)
}
