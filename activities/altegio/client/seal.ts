/** Encrypting the stored token: AES-256-GCM under SECRETS_KEY, bound to the address it is for. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** A text as it is stored. */
export interface Sealed {
  /** Tells one key from another without telling the key. */
  readonly keyId: string;
  readonly nonce: Buffer;
  /** Ciphertext, then the 16 bytes of the tag. */
  readonly sealed: Buffer;
}

/** Why a stored text cannot be read. The messages carry neither key nor text. */
export class CannotUnseal extends Error {
  override readonly name = 'CannotUnseal';
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyIdOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

/** @param secretsKey 64 hexadecimal digits */
export function seal(secretsKey: string, address: string, text: string): Sealed {
  const key = Buffer.from(secretsKey, 'hex');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(address, 'utf8'));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { keyId: keyIdOf(key), nonce, sealed };
}

/**
 * Opens what {@link seal} made under the same key for the same address.
 * @throws CannotUnseal
 */
export function unseal(secretsKey: string, address: string, { keyId, nonce, sealed }: Sealed): string {
  const key = Buffer.from(secretsKey, 'hex');
  if (keyIdOf(key) !== keyId) throw new CannotUnseal('it was stored under another SECRETS_KEY');
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(address, 'utf8'))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new CannotUnseal('the stored row is damaged, or was stored for another address');
  }
}
