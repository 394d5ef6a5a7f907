/** Internal ids: a prefix that tells the kind, the time for locality, and 80 random bits. */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes an id such as `acc_01k2…`. `now` is epoch milliseconds; `randomBytes` a cryptographic source. */
export function newId(
  prefix: 'acc' | 'pay' | 'prg' | 'key' | 'brk' | 'adj' | 'act' | 'rev' | 'stp' | 'typ' | 'bat' | 'dep',
  now: number,
  randomBytes: (count: number) => Uint8Array,
): string {
  let time = '';
  for (let rest = now, place = 0; place < 10; place += 1, rest = Math.floor(rest / 32))
    time = ALPHABET[rest % 32] + time;
  const random = Array.from(randomBytes(16), (byte) => ALPHABET[byte % 32]).join('');
  return `${prefix}_${time}${random}`;
}
