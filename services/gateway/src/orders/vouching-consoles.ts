import { isPublished } from '@freshet/protocol'
import {
  ADMIN_ROLES,
  watchVerifyKeys,
  type AdminRole,
  type WatchKeysOptions,
} from '@freshet/runtime'
import * as z from 'zod'
import type { VouchingConsole } from './admins.ts'

/** More are refused at the start. */
const CONSOLES_MAX = 16
const FORM = /^([\w.@-]{1,64}):(viewer|operator|admin):(.+)$/

/** A console as the environment names it: up to which role it may vouch, and the file of its public keys. */
export interface ConsoleSetting {
  readonly name: string
  readonly role: AdminRole
  readonly keysFile: string
}

/**
 * Text like `console:operator:/run/keys/vouchers.jwks.json`, several by commas. With an empty text, no
 * console can vouch.
 */
export const vouchingConsoles: z.ZodType<readonly ConsoleSetting[]> = z
  .string()
  .default('')
  .transform((text, context) =>
    text.split(',').flatMap((entry) => {
      if (entry.trim() === '') return []
      const [, name = '', role, keysFile = ''] = FORM.exec(entry.trim()) ?? []
      const found = ADMIN_ROLES.find((each) => each === role)
      if (found !== undefined) return [{ name, role: found, keysFile }]
      context.addIssue('must be name:role:path, with the path of a public key set')
      return []
    }),
  )
  .refine((all) => all.length <= CONSOLES_MAX, `must name at most ${CONSOLES_MAX} consoles`)
  .refine(
    (all) => new Set(all.map(({ name }) => name)).size === all.length,
    'names a console twice',
  )

/** Watches their key files. @throws `config.invalid` where one holds no key set */
export function watchConsoles(
  consoles: readonly ConsoleSetting[],
  watch: Omit<WatchKeysOptions, 'path' | 'name'>,
): Promise<readonly VouchingConsole[]> {
  return Promise.all(
    consoles.map(async ({ name, role, keysFile: path }) => {
      const file = await watchVerifyKeys({ ...watch, path, name: `FRESHET_CONSOLES (${name})` })
      const keys = () => file.current().filter((key) => isPublished(key, watch.timer.nowMs()))
      return { name, role, keys }
    }),
  )
}
