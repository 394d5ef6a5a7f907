/** The languages of documents that customers read. */

/** Every language a document can be had in. */
export const LANGUAGES = ['en', 'ru', 'kk'] as const;

/** One of them. */
export type Language = (typeof LANGUAGES)[number];

/** The language of a customer where nobody says another. */
export function languageOf(country: string | undefined): Language {
  if (country === 'KZ') return 'kk';
  return country === 'RU' || country === 'BY' || country === 'KG' ? 'ru' : 'en';
}

/** A text in every language. */
export type Words = Record<Language, string>;

/** Makes one. */
export const words = (en: string, ru: string, kk: string): Words => ({ en, ru, kk });
