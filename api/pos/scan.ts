/** What a scanner or a swipe types, as a card number. */

const TRACK_1 = /%[A-Z]([^^?]+)\^/i;
const TRACK_2 = /;([^=?]+)[=?]/;

/** The card number in a scanned text: track 1, track 2, the last part of an address, or the text itself. */
export function codeFromScan(scan: string): string {
  const text = scan.trim();
  const track = TRACK_1.exec(text)?.[1] ?? TRACK_2.exec(text)?.[1];
  if (track !== undefined) return track.trim();
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return text;
  const last = new URL(text).pathname.split('/').filter(Boolean).at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
