/** Decodes canonical base64url without padding; `undefined` for any other spelling. */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  // Decoders skip strange characters and spare bits; only one spelling may name these bytes.
  return bytes.toString('base64url') === text ? bytes : undefined
}
