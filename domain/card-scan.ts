/**
 * What a scanner, a swipe or a keyboard types, as a card number. Readers put a start sentinel before each track (`%` for
 * 1, `;` for 2, `;`, `+`, `#` or `!` for 3) and `?` behind it, and `E` for a track that they could not read. Scanners
 * may put an AIM identifier (`]` and two characters) before a barcode's text. Case and leading zeros stay as they are.
 */
import type { Track } from './card-tracks.ts';

/** What was read. */
export interface Scan {
  readonly kind: 'stripe' | 'address' | 'code';
  /** The card number; null when there is none, or the tracks tell different ones. */
  readonly number: string | null;
  /** What stands between the sentinels of each track that could be read. */
  readonly tracks: ReadonlyMap<Track, string>;
  /** Why there is no number, or what was wrong with a part of the text; a sentence. */
  readonly fault: string | null;
}

/** One track: sentinel, content, end. A reader may leave the end sentinel out. */
const TRACK = /([%;+#!])([^?%;]*)(?:\?|$)/g;
const AIM = /^\][A-Za-z][0-9A-Za-z]/;
/** Names under which an address carries the code when it is not the last part of its path. */
const QUERY_NAMES = ['code', 'card', 'number'];

const NO_TRACKS: ReadonlyMap<Track, string> = new Map();

/** Reads a scanned, swiped or typed text. */
export function readScan(text: string): Scan {
  const trimmed = text.trim().replace(AIM, '');
  if (/^[%;+]/.test(trimmed)) return readStripe(trimmed);
  if (/^https?:\/\//i.test(trimmed) && URL.canParse(trimmed)) {
    const number = fromAddress(new URL(trimmed));
    return { kind: 'address', number, tracks: NO_TRACKS, fault: number ? null : 'The address holds no code.' };
  }
  // Numbers are printed in groups, and people type them so.
  const number = trimmed.replace(/\s+/g, '') || null;
  return { kind: 'code', number, tracks: NO_TRACKS, fault: number ? null : 'Nothing arrived.' };
}

/** The card number alone; empty when there is none. */
export function codeFromScan(text: string): string {
  return readScan(text).number ?? '';
}

function readStripe(text: string): Scan {
  const tracks = new Map<Track, string>();
  const unread: Track[] = [];
  const numbers = new Set<string>();
  for (const [, sentinel = '', content = ''] of text.matchAll(TRACK)) {
    const track = sentinel === '%' ? 1 : sentinel === ';' && !tracks.has(2) && !unread.includes(2) ? 2 : 3;
    const number = numberOn(track, content);
    if (content === 'E') unread.push(track);
    else if (number !== '') {
      tracks.set(track, content);
      numbers.add(number);
    }
  }
  const [number = null] = numbers;
  if (numbers.size > 1) {
    const told = [...tracks].map(([track, content]) => `track ${track} says ${content}`).join(', ');
    return { kind: 'stripe', number: null, tracks, fault: `The tracks tell different numbers: ${told}.` };
  }
  const failed = unread.length > 0 ? `The reader could not read track ${unread.join(' and ')}.` : null;
  return { kind: 'stripe', number, tracks, fault: failed ?? (number === null ? 'The stripe holds no number.' : null) };
}

/** The number in a track's content: alone, or as a bank card has it, with a format code or further fields. */
function numberOn(track: Track, content: string): string {
  const [field = ''] = content.split(/[\^=]/);
  const number = track === 1 && content.includes('^') ? field.replace(/^[A-Za-z]/, '') : field;
  return number.replace(/\s+/g, '');
}

function fromAddress(address: URL): string | null {
  for (const name of QUERY_NAMES) {
    const value = address.searchParams.get(name);
    if (value) return value;
  }
  const last = address.pathname.split('/').findLast(Boolean) ?? '';
  try {
    return decodeURIComponent(last) || null;
  } catch {
    return last;
  }
}
