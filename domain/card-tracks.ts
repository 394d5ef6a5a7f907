/**
 * What stands on a card's magnetic stripe: the number as it is, never encrypted, nothing before or behind it (P-34).
 *
 * Facts. ISO/IEC 7811: track 1 has 7 bits a character (the 64 signs from space to underscore) and room for 79, track 2
 * has 5 bits (digits) and room for 40, of which three each are start sentinel, end sentinel and check character; track 3
 * has 5 bits and room for 107 (ISO/IEC 4909). Source: cyberd.co.uk/support/SCRKBD/isocrd1.htm, abstracted from the
 * standards. Letters on track 3 need the 7 bits of the AAMVA format, 79 characters with its sentinels; encoders offer it
 * by that name. Source: Zebra ZXP Series 8 manual P1013372-001, "Magnetic Card Encoder". Neither alphabet has small
 * letters.
 */

/** The three tracks of a stripe. */
export const TRACKS = [1, 2, 3] as const;
export type Track = (typeof TRACKS)[number];

/** Characters between the sentinels; on track 3 the smaller of its two formats. */
const ROOM: Record<Track, number> = { 1: 76, 2: 37, 3: 76 };

/** Which tracks a number is written to: digits to 1 and 2, letters and digits to 1 and 3 (P-30). */
export function tracksFor(number: string): readonly Track[] {
  if (/[^0-9A-Z]/.test(number) || number === '') return [];
  return /^\d+$/.test(number) ? [1, 2] : [1, 3];
}

/** Why a number cannot stand on a track, as a sentence; null when it can. */
export function trackRefusal(number: string, track: Track): string | null {
  if (/[a-z]/.test(number)) return 'no track holds small letters';
  if (/[^0-9A-Z]/.test(number)) return 'only digits and capital letters stand on a stripe';
  if (track === 2 && /[A-Z]/.test(number)) return 'track 2 holds digits only; letters go to tracks 1 and 3';
  if (track === 3 && !/[A-Z]/.test(number)) return 'digits go to tracks 1 and 2';
  return number.length > ROOM[track] ? `track ${track} has room for ${ROOM[track]} characters` : null;
}

/** What is written to each track, without the sentinels, which every encoder adds by itself. */
export function trackData(number: string): ReadonlyMap<Track, string> {
  return new Map(tracksFor(number).map((track) => [track, number]));
}
