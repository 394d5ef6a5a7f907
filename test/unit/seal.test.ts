// The stored user token: what is on disk tells nothing, and opens only with its key, for its address, unchanged.
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { CannotUnseal, seal, unseal } from '../../activities/altegio/client/seal.ts';

const KEY = randomBytes(32).toString('hex');
const ADDRESS = 'https://altegio.test/api/v1';
const TOKEN = 'user-token-äß-42';

it('what was sealed opens with the same key for the same address', () => {
  expect(unseal(KEY, ADDRESS, seal(KEY, ADDRESS, TOKEN))).toBe(TOKEN);
});

it('neither the token nor the key stands in what is stored, and the same token never looks the same', () => {
  const [first, second] = [seal(KEY, ADDRESS, TOKEN), seal(KEY, ADDRESS, TOKEN)];
  const stored = `${first.keyId} ${first.nonce.toString('latin1')} ${first.sealed.toString('latin1')}`;
  expect(stored).not.toContain('user-token');
  expect(stored).not.toContain(KEY);
  expect(first.sealed.equals(second.sealed)).toBe(false);
  expect(first.nonce.equals(second.nonce)).toBe(false);
});

it('another key is named as the reason', () => {
  const other = randomBytes(32).toString('hex');
  expect(() => unseal(other, ADDRESS, seal(KEY, ADDRESS, TOKEN))).toThrow(/another SECRETS_KEY/);
});

it('another address, a changed byte or a cut row does not open, and the error holds no secret', () => {
  const good = seal(KEY, ADDRESS, TOKEN);
  const flipped = Buffer.from(good.sealed);
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  const cases = [
    () => unseal(KEY, 'https://other.test/api/v1', good),
    () => unseal(KEY, ADDRESS, { ...good, sealed: flipped }),
    () => unseal(KEY, ADDRESS, { ...good, sealed: good.sealed.subarray(0, 10) }),
    () => unseal(KEY, ADDRESS, { ...good, nonce: randomBytes(12) }),
  ];
  for (const open of cases) {
    expect(open).toThrow(CannotUnseal);
    expect(open).toThrow(/damaged, or was stored for another address/);
  }
});
