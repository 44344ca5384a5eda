/** Decodes canonical base64url without padding; `undefined` for any other spelling. */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  // Decoders skip strange characters and spare bits, but these bytes must have exactly one spelling.
  return bytes.toString('base64url') === text ? bytes : undefined
}
