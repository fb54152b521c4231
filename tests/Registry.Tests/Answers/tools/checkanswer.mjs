// Verifies the signature of a signed answer with npm's jose, which the registry did not write: checkanswer.mjs FILE.
// Prints "ok ID"; anything wrong ends it with an error.
import { readFileSync } from 'node:fs';
import { compactVerify, importJWK } from 'jose';

const file = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { payload, protectedHeader } = await compactVerify(file.signed, await importJWK(file.key, 'Ed25519'), { algorithms: ['Ed25519'] });
if (protectedHeader.typ !== 'answer+jws') throw new Error(`typ is ${protectedHeader.typ}`);
console.log(`ok ${JSON.parse(new TextDecoder().decode(payload)).id}`);
