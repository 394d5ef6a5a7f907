/** What may be logged of a fault: PostgreSQL quotes values in its messages, and a value may be a phone or a name. */
import pg from 'pg';

/** Name and code, and the message where it cannot quote a row. */
export function brief(error: unknown): { readonly fault: string; readonly code?: string; readonly message?: string } {
  if (error instanceof pg.DatabaseError) return { fault: error.name, ...(error.code && { code: error.code }) };
  if (error instanceof Error) return { fault: error.name, message: error.message };
  return { fault: typeof error };
}
