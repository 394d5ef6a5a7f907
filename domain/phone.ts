/**
 * Phone numbers. Stored and compared as E.164 text (`+77010000011`); Altegio's loyalty calls take the same digits
 * without the plus (docs/altegio.md, "Phones"). A phone is a key here, not something we dial: it must have a possible
 * length for its country, but a range too new for the library's tables is not refused.
 */
import { parsePhoneNumberFromString, type CountryCode, type PhoneNumber } from 'libphonenumber-js/max';

/** Thrown for a text that is no phone number; `message` is a sentence for the caller and never quotes the text. */
export class PhoneError extends Error {
  override readonly name = 'PhoneError';
}

const E164 = /^\+[1-9][0-9]{6,14}$/;

/**
 * Reads a phone number as people and tills write it: with plus, with `00`, as bare international digits, or in the
 * national form of `defaultCountry` (ISO 3166 alpha-2, of the salon).
 * @returns E.164 text
 * @throws PhoneError when it is no possible number, or carries an extension
 */
export function toE164(text: string, defaultCountry?: string): string {
  const trimmed = text.trim().replace(/^00(?=[1-9])/, '+');
  const country = defaultCountry?.toUpperCase() as CountryCode | undefined;
  const phone =
    possible(trimmed, country) ?? (/^[1-9][\d\s().-]*$/.test(trimmed) ? possible(`+${trimmed}`, undefined) : undefined);
  if (!phone) {
    throw new PhoneError(
      country === undefined
        ? 'must be a phone number with its country code, such as "+77010000011"'
        : `must be a phone number of ${country}, or one with its country code, such as "+77010000011"`,
    );
  }
  return phone.number;
}

/**
 * The form Altegio's loyalty calls take: digits with the country code, no plus.
 * @throws PhoneError when the text is not E.164
 */
export function toAltegioDigits(e164: string): string {
  if (!E164.test(e164)) throw new PhoneError('must be a phone number in E.164 form, such as "+77010000011"');
  return e164.slice(1);
}

/** What may be shown or logged: country code and last two digits, `+7 *** *** ** 11`. Never throws. */
export function maskPhone(e164: string): string {
  if (!E164.test(e164)) return '***';
  const code = parsePhoneNumberFromString(e164)?.countryCallingCode ?? '';
  const hidden = '*'.repeat(e164.length - 1 - code.length - 2);
  const groups = hidden.match(/\*{1,3}/g) ?? [];
  return [`+${code}`, ...groups, e164.slice(-2)].join(' ');
}

function possible(text: string, defaultCountry: CountryCode | undefined): PhoneNumber | undefined {
  // extract: false, or "call +7701… today" would be a phone.
  const phone = parsePhoneNumberFromString(text, { extract: false, ...(defaultCountry && { defaultCountry }) });
  if (!phone?.isPossible() || phone.ext !== undefined || !E164.test(phone.number)) return undefined;
  return phone;
}
