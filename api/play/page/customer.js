/** Who stands at the till: found by what was scanned or typed, or chosen among several. */
import { askTill, Refused } from './doors.js';

/**
 * A customer at the till.
 * @typedef {{ id: string, name: string, card: string | null }} Customer
 */

/** What a till calls a phone: digits in any grouping, fewer than a card's. */
const PHONE = /^\+?[\d\s().-]{10,17}$/;
const LAST_4 = /^[0-9A-Za-z]{4}$/;

/** @param {string} text */
const digitsOf = (text) => text.replace(/\D/g, '');

/**
 * The lookups that a text may mean, the likeliest first.
 * @param {string} text
 */
function readings(text) {
  if (LAST_4.test(text)) return [{ last4: text }];
  const phone = PHONE.test(text) && digitsOf(text).length <= 13;
  if (phone && text.startsWith('+')) return [{ phone: text }];
  return phone ? [{ phone: `+${digitsOf(text)}` }, { scan: text }] : [{ scan: text }];
}

/**
 * Looks a customer up. @throws {Refused} also where several end in the same four characters: then with `accounts`
 * @param {string} typed
 * @returns {Promise<Customer>}
 */
export async function findCustomer(typed) {
  const bodies = readings(typed.trim());
  for (const [index, body] of bodies.entries()) {
    try {
      const { account } = await askTill('/lookups', body);
      return { id: account.id, name: account.displayName, card: account.card.number };
    } catch (error) {
      const last = index === bodies.length - 1;
      if (last || !(error instanceof Refused) || error.code !== 'account_not_found') throw error;
    }
  }
  throw new Error('there is always a reading');
}

/**
 * A card number as it is printed.
 * @param {string | null} number
 */
export const printed = (number) => (number ?? 'no card yet').replace(/(\d{4})(?=\d)/g, '$1 ');
