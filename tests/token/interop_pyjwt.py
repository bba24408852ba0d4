# SPDX-License-Identifier: Apache-2.0
# Tokens of PyJWT against `dhub token verify`, and of `dhub token mint` against PyJWT, for every
# algorithm that both have. Arguments: the dhub program, a folder to work in.
import json
import subprocess
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

DHUB, FOLDER = sys.argv[1:]
CLAIMS = {"sub": "jdoe", "aud": "datahub", "name": "Jos\u00e9 \U0001f600", "exp": 4000000000}
SECRET = "an-example-shared-key-that-only-the-tests-use-and-that-is-long-enough-for-all"


def dhub(*arguments, stdin):
    return subprocess.run([DHUB, "token", *arguments], input=stdin, capture_output=True, timeout=60)


def write(name, data):
    path = f"{FOLDER}/{name}"
    with open(path, "wb") as file:
        file.write(data)
    return path


def pem_pair(key):
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def check(algorithm, private, public, mint_key, verify_key):
    token = jwt.encode(CLAIMS, private, algorithm=algorithm, headers={"kid": "k"})
    done = dhub("verify", *verify_key, "--alg", algorithm, stdin=token.encode())
    assert done.returncode == 0, (algorithm, done.stderr)
    assert json.loads(done.stdout) == CLAIMS, algorithm

    head, body, signature = token.split(".")
    first = "B" if signature[0] == "A" else "A"
    bad = ".".join((head, body, first + signature[1:]))
    done = dhub("verify", *verify_key, "--alg", algorithm, stdin=bad.encode())
    assert done.returncode == 3, algorithm

    done = dhub(
        "mint", "--claims", "-", *mint_key, "--alg", algorithm, stdin=json.dumps(CLAIMS).encode()
    )
    assert done.returncode == 0, (algorithm, done.stderr)
    ours = done.stdout.decode().strip()
    assert jwt.decode(ours, public, algorithms=[algorithm], audience="datahub") == CLAIMS
    print("ok", algorithm)


secret_jwk = {"kty": "oct", "kid": "k", "k": jwt.utils.base64url_encode(SECRET.encode()).decode()}
jwks = write("secret.json", json.dumps({"keys": [secret_jwk]}).encode())
for bits in ("256", "384", "512"):
    check("HS" + bits, SECRET, SECRET, ("--jwk", jwks), ("--jwks", jwks))

rsa_key = rsa.generate_private_key(65537, 2048)
pairs = [(family + bits, rsa_key) for family in ("RS", "PS") for bits in ("256", "384", "512")]
pairs += [
    ("ES256", ec.generate_private_key(ec.SECP256R1())),
    ("ES384", ec.generate_private_key(ec.SECP384R1())),
    ("ES512", ec.generate_private_key(ec.SECP521R1())),
    ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    ("EdDSA", ed448.Ed448PrivateKey.generate()),
]
for algorithm, key in pairs:
    private, public = pem_pair(key)
    mint = ("--key", write("private.pem", private))
    check(algorithm, private, public, mint, ("--key", write("public.pem", public)))

# A personal access token: ours there.
key_file = write("signing.key", SECRET.encode() + b"\n")
done = dhub("mint", "--actor", "jdoe", "--key-file", key_file, stdin=b"")
claims = jwt.decode(done.stdout.decode().strip(), SECRET, algorithms=["HS256"])
assert claims["actorId"] == "jdoe" and claims["iss"] == "datahub-metadata-service", claims
print("ok PAT")
