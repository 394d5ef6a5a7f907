import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeFromScan, readScan } from '../../domain/card-scan.ts';
import { trackData } from '../../domain/card-tracks.ts';
import { check } from './check.ts';

const signs = (alphabet: string) =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: 8, maxLength: 30 });
const numeric = signs('0123456789');
const capitals = signs('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const mixed = signs('0123456789ABCXYZabcxyz');

/** Everything a reader, a scanner or a keyboard may send for a code. */
const payloads = (code: string): string[] => [
  code,
  ` ${code}\r\n`,
  code.replace(/(.{4})(?=.)/g, '$1 '),
  `;${code}=`,
  `;${code}=2512101000?`,
  `;${code}?`,
  `%B${code}^DOE/JOHN ^2512101?`,
  `%${code}?`,
  `%B${code}^DOE/JOHN^2512?;${code}=2512?`,
  `%${code}?;${code}?`,
  `%${code}?+${code}?`,
  `%E?;${code}?`,
  `]C1${code}`,
  `]Q3${code}`,
  `]E0${code}`,
  `]Q3https://cards.example.com/c/${code}`,
  `https://cards.example.com/c/${code}`,
  `https://cards.example.com/c/${code}/?utm=1`,
  `HTTPS://cards.example.com/card?code=${code}`,
];

test('every payload of a code reads as that code, with its case and leading zeros', () => {
  check('scans', fc.oneof(numeric, capitals, mixed), (code) => {
    for (const payload of payloads(code)) expect(codeFromScan(payload), payload).toBe(code);
  });
});

test('what is written on the tracks is what a swipe of them reads', () => {
  check('swipes', fc.oneof(numeric, capitals), (code) => {
    const data = trackData(code);
    const swipe = [...data].map(([track, content]) => `${track === 1 ? '%' : track === 2 ? ';' : '+'}${content}?`);
    const read = readScan(swipe.join(''));
    expect(read.number).toBe(code);
    expect(read.tracks).toEqual(data);
  });
});

test('no text of a scanner makes the reader throw', () => {
  check('any text', fc.string({ maxLength: 80 }), (text) => {
    const { number, fault } = readScan(text);
    expect(number === null ? typeof fault : 'string').toBe('string');
  });
});
