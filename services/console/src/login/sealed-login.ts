import { EncryptJWT, jwtDecrypt } from 'jose'
import * as z from 'zod'
import type { PendingLogin } from './login-provider.ts'

/** The time that a person has at the provider. */
export const PENDING_MS: number = 10 * 60_000
const ALGORITHMS = { alg: 'dir', enc: 'A256GCM' } as const

/** A login under way, and the page that it comes back to. */
export interface SealedLogin extends PendingLogin {
  readonly to: string
}

const schema: z.ZodType<SealedLogin> = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
})

/** Seals what a browser carries to the provider and back: the console holds nothing, however many begin. */
export interface LoginSeal {
  seal(login: SealedLogin): Promise<string>
  /** `undefined` where it is not ours, or too old. */
  open(text: string | undefined): Promise<SealedLogin | undefined>
}

/** Seals logins by a key of 256 bits, which this process alone has. */
export function loginSeal(key: Uint8Array, nowMs: () => number): LoginSeal {
  return {
    seal: (login) =>
      new EncryptJWT({ ...login })
        .setProtectedHeader(ALGORITHMS)
        .setExpirationTime(new Date(nowMs() + PENDING_MS))
        .encrypt(key),
    async open(text = '') {
      const options = {
        currentDate: new Date(nowMs()),
        requiredClaims: ['exp'],
        keyManagementAlgorithms: [ALGORITHMS.alg],
        contentEncryptionAlgorithms: [ALGORITHMS.enc],
      }
      const opened = await jwtDecrypt(text, key, options).catch(() => undefined)
      return schema.safeParse(opened?.payload).data
    },
  }
}
