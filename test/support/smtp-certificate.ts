/**
 * A certificate for localhost that nobody else trusts, and its key, for SMTP servers of tests. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj
 * /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUNKxUcn4bkxF52z7j4Ps2I28N3LgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIwMDM0MFoYDzIxMjYxMDI4
MjAwMzQwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATv9JS93enotP5OT68ldU1RqVtIe9SGt55/51nAXaUy4Lc9j4v1E1kX
q0m6G5g2o6NNcKARlsdNQCHi4VAD9tRIo28wbTAdBgNVHQ4EFgQUe8X4ww19j6hC
mTeFM5LLcw/CguYwHwYDVR0jBBgwFoAUe8X4ww19j6hCmTeFM5LLcw/CguYwGgYD
VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSQAwRgIhAIJe4BAMTS9hO8s0AC7r0aoBbHlc925vvMgqv5aGnVj3AiEA
/FMIv9jDvrLa8SPKS3POa8q/CgsWjxakspEajwXI92w=
-----END CERTIFICATE-----
`;

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgifpu1ucNoxtytmaM
cM5rNZw1eeDUuuX2aphrLel84tShRANCAATv9JS93enotP5OT68ldU1RqVtIe9SG
t55/51nAXaUy4Lc9j4v1E1kXq0m6G5g2o6NNcKARlsdNQCHi4VAD9tRI
-----END PRIVATE KEY-----
`;
