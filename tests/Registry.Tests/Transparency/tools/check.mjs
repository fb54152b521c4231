// Checks statements with npm's jose and inclusion proofs with the Merkle code of @sigstore/verify, which the registry did not write.
// Reads { keys, statements: [jws], proofs: [{ leaf, index, size, root, hashes }] } from standard input and prints
// { statements: [payload or null], proofs: [true or false] }.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compactVerify, createLocalJWKSet } from 'jose';

const { verifyMerkleInclusion } = createRequire(import.meta.url)('./node_modules/@sigstore/verify/dist/tlog/merkle.js');
const { keys, statements, proofs } = JSON.parse(readFileSync(0, 'utf8'));
const set = createLocalJWKSet({ keys });

const verified = await Promise.all(statements.map(async jws => {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, set, { algorithms: ['ES256', 'Ed25519', 'EdDSA'] });
    return protectedHeader.typ === 'statement+jws' ? new TextDecoder().decode(payload) : null;
  } catch { return null; }
}));

const included = proofs.map(({ leaf, index, size, root, hashes }) => {
  try {
    verifyMerkleInclusion(
      { canonicalizedBody: Buffer.from(leaf, 'ascii'), inclusionProof: { logIndex: String(index), treeSize: String(size), hashes: hashes.map(h => Buffer.from(h, 'base64')) } },
      { logSize: BigInt(size), logHash: Buffer.from(root, 'base64') });
    return true;
  } catch { return false; }
});
console.log(JSON.stringify({ statements: verified, proofs: included }));
