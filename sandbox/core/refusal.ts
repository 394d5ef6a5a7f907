import type { TitleKey } from './titles.ts';

/** Why a call is not carried out. Thrown by handlers, turned into the error envelope at the door. */
export class Refusal extends Error {
  readonly status: number;
  readonly title: TitleKey;
  readonly errors: Readonly<Record<string, readonly string[]>>;

  constructor(status: number, title: TitleKey, errors: Record<string, string[]> = {}) {
    super(Object.values(errors).flat().join(' ') || title);
    this.status = status;
    this.title = title;
    this.errors = errors;
  }
}

/** 422 for one field. */
export function invalid(field: string, message: string): Refusal {
  return new Refusal(422, 'invalid', { [field]: [message] });
}

/** 404 without saying what was looked for, as Altegio does. */
export function notFound(): Refusal {
  return new Refusal(404, 'notFound');
}
