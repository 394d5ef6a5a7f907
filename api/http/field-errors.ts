/** A zod error as the `errors` of a problem document. */
import type { ZodError } from 'zod';

/** One bad field; `path` such as `lines.0.amount`, empty for the body as a whole. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Every bad field with its path; an unknown field is named by its own. */
export function fieldErrors(error: ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not a field of this call' }));
  });
}
