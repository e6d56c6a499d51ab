/** `GET /v1/moves/{id}/hosts?after=1` read a name that begins amid another, never came to its end, and took the server down with its memory. */
import { expect, it } from 'vitest';
import { MoveRig, WWW } from '../support/move-rig.ts';

const rig = new MoveRig();

it('a page of hosts after what no page gave is refused, whatever it is', async () => {
  const { id } = await rig.api.move({ hosts: [WWW, 'shop.example.net'], to: 'europe' });
  const { body } = await rig.api.get(`/v1/moves/${id}/hosts?limit=1`);
  const end = Number(body.next) * 2;
  for (let after = 1; after <= end; after++) {
    const reply = await rig.api.get(`/v1/moves/${id}/hosts?after=${after}`);
    if (String(after) === body.next) expect(reply.body.items).toMatchObject([{ name: 'shop.example.net' }]);
    else expect([after, reply.status, reply.body.code ?? reply.body.items]).toEqual(expected(after));
  }
  for (const after of ['-1', '0.5', 'x', '1e99', 'Infinity', '4294967296'])
    expect((await rig.api.get(`/v1/moves/${id}/hosts?after=${after}`)).status).toBe(400);

  /** The end of the list is a place too, with nothing behind it. */
  function expected(after: number): unknown[] {
    const last = WWW.length + 'shop.example.net'.length + 2 * (3 + 2);
    return after === last ? [after, 200, []] : [after, 400, 'invalid'];
  }
});
