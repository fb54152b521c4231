// What a program does with the registry through a client that was made from the contract: nothing is cast, and the compiler is strict.
// node out/client.js ADDRESS KEY: a line for each thing done.
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './out/registry.js';

const [address, key] = process.argv.slice(2);
if (address === undefined || key === undefined) throw new Error('ADDRESS KEY');
const registry = createClient<paths, 'application/json' | 'application/problem+json'>({ baseUrl: address });
const headers = { Authorization: `Bearer ${key}` };

type Status = components['schemas']['Status'];
type Code = components['schemas']['Problem']['code'];

// Posted with a key that makes a repeat harmless.
const draft: components['schemas']['CertificateDraft'] = {
  number: 'TYPED-1', holder: { name: '样例电器（演示）有限公司' }, category: 26, level: 'five-star', score: 96.5,
  scope: '家用电器的销售与售后服务（演示）', issuedOn: '2026-03-01',
};
const post = () => registry.POST('/v1/certificates', { params: { header: { 'Idempotency-Key': 'typed-1' } }, headers, body: draft });
const first = await post();
assert(first.data !== undefined, JSON.stringify(first.error));
assert.equal(first.response.status, 201);
assert.equal((await post()).data?.id, first.data.id);
console.log('posted');

// Searched.
const found = await registry.GET('/v1/certificates', { params: { query: { number: 'TYPED-1', level: 'five-star', limit: 5, facets: false } } });
assert(found.data !== undefined);
const [hit] = found.data.items;
assert(hit !== undefined && hit.id === first.data.id);
const status: Status = hit.status;
const stars: number | undefined = hit.level?.stars;
assert.equal(`${status} ${stars} ${hit.holder.name}`, 'valid 5 样例电器（演示）有限公司');
console.log('searched');

// One certificate on a day; and asked again for what has not changed.
const one = await registry.GET('/v1/certificates/{id}', { params: { path: { id: hit.id }, query: { on: '2026-05-01' } } });
assert(one.data !== undefined);
assert.equal(one.data.asOf, '2026-05-01');
const tag = one.response.headers.get('ETag');
assert(tag !== null);
const again = await registry.GET('/v1/certificates/{id}', { params: { path: { id: hit.id }, query: { on: '2026-05-01' }, header: { 'If-None-Match': tag } } });
assert.equal(again.response.status, 304);
console.log('read');

// A list is verified.
const answer = await registry.POST('/v1/verifications', {
  body: { on: '2026-05-01', rows: [{ number: 'TYPED-1', name: '样例电器（演示）有限公司' }, { number: 'TYPED-2' }] },
});
assert(answer.data !== undefined);
assert.deepEqual(answer.data.rows.map(row => row.finding), ['pass', 'unconfirmed']);
const compared: { field: string; verdict: components['schemas']['Agreement'] }[] = answer.data.rows[0]?.compared ?? [];
assert(compared.every(one => one.verdict === 'same'));
console.log('verified');

// A problem has a type like any answer.
const refused = await registry.POST('/v1/certificates', { headers, body: { ...draft, number: 'TYPED-3', level: 'four-star' } });
assert(refused.error !== undefined);
const codes: Code[] = (refused.error.errors ?? []).map(error => error.code);
assert.equal(refused.error.status, 422);
assert.deepEqual([refused.error.code, ...codes], ['invalid-request', 'score-disagrees']);
console.log('refused');
