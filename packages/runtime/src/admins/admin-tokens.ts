import { createHash, timingSafeEqual } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'
import * as z from 'zod'

/**
 * The role of an admin: a viewer reads; an operator takes rights away in an emergency; an admin changes what
 * is in force.
 */
export type AdminRole = 'viewer' | 'operator' | 'admin'

/** Each may do what those before it may. */
export const ADMIN_ROLES: readonly AdminRole[] = ['viewer', 'operator', 'admin']

/** An admitted person. */
export interface Admin {
  /** The name in the log and the audit. */
  readonly name: string
  readonly role: AdminRole
}

/** A static bearer token, of which only the hash is known, and who bears it. */
export interface AdminToken extends Admin {
  /** SHA-256 of the token, base64url. */
  readonly hash: string
}

const form = /^([\w.@-]{1,64}):(viewer|operator|admin):([\w-]{43})$/

/** Text like `alice:operator:47DEQpj8…`, several by commas. An empty text admits no admin. */
export const adminTokens: z.ZodType<readonly AdminToken[]> = z
  .string()
  .default('')
  .transform((text, context) =>
    text.split(/[\s,]+/).flatMap((entry) => {
      if (entry === '') return []
      const [, name = '', role, hash = ''] = form.exec(entry) ?? []
      if (role !== undefined) return [{ name, role: role as AdminRole, hash }]
      context.addIssue('must be name:role:hash, with the SHA-256 of the token in base64url')
      return []
    }),
  )

/** The form of a token in configuration, beside its name and role. */
export function adminTokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** The admin whose token a request has; `undefined` if no admin has it. */
export function bearerAdmin(
  authorization: string | null | undefined,
  tokens: readonly AdminToken[],
): AdminToken | undefined {
  const [, token] = /^Bearer +([^ ]+)$/i.exec(authorization ?? '') ?? []
  if (token === undefined) return undefined
  const given = Buffer.from(adminTokenHash(token))
  return tokens.find(({ hash }) => timingSafeEqual(given, Buffer.from(hash)))
}

/**
 * Admits admins with this role or a higher one.
 *
 * @throws `request.unauthenticated`, `request.forbidden`
 */
export function requireRole<Asking extends Admin>(
  admin: Asking | undefined,
  role: AdminRole,
): Asking {
  if (admin === undefined) {
    const message = `A bearer token of an admin with role ${role} is required.`
    throw new FreshetError('request.unauthenticated', message)
  }
  if (ADMIN_ROLES.indexOf(admin.role) >= ADMIN_ROLES.indexOf(role)) return admin
  const message = `The role ${role} is required; ${admin.name} has ${admin.role}.`
  throw new FreshetError('request.forbidden', message)
}
