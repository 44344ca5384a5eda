import { FreshetError, type Clock } from '@freshet/protocol'
import { orderDigest, verifyVoucher, type VerifyKey, type Voucher } from '@freshet/wire'
import type { ReplayCache } from '@freshet/intake'
import {
  ADMIN_ROLES,
  bearerAdmin,
  type Admin,
  type AdminRole,
  type AdminToken,
} from '@freshet/runtime'

/** A console that may vouch for people, up to a role. */
export interface VouchingConsole {
  readonly name: string
  readonly role: AdminRole
  /** Its public keys as they are published now. */
  readonly keys: () => readonly VerifyKey[]
}

/** The dependencies of recognising admins. */
export interface AdminsParts {
  readonly tokens: readonly AdminToken[]
  readonly consoles: readonly VouchingConsole[]
  /** Our public URL, which vouchers must be for. */
  readonly url: string
  readonly clock: Clock
  /** Vouchers that were used. */
  readonly used: ReplayCache
}

/**
 * Finds the admin of an order: by its static token, or by the voucher of a console. `undefined`: no admin.
 *
 * @throws `event.unauthentic` for a voucher that does not hold, `request.forbidden` for one above the role
 *   of its console, `limit.reached`
 */
export type AdminOf = (request: Request) => Promise<Admin | undefined>

/** Knows admins by these. */
export function adminsOf(parts: AdminsParts): AdminOf {
  return async (request) => {
    const authorization = request.headers.get('authorization')
    const [, jwt] = /^Voucher +([^ ]+)$/i.exec(authorization ?? '') ?? []
    if (jwt === undefined) return bearerAdmin(authorization, parts.tokens)
    return vouchedAdmin(jwt, request, parts)
  }
}

async function vouchedAdmin(jwt: string, request: Request, parts: AdminsParts): Promise<Admin> {
  const { url: audience, clock, used } = parts
  const named = (name: string) => parts.consoles.find((each) => each.name === name)
  const nowMs = clock.nowMs()
  const keysOf = (iss: string): readonly VerifyKey[] => named(iss)?.keys() ?? []
  const voucher = verifyVoucher(jwt, { audience, nowMs, keysOf })
  if (voucher.order !== (await digestOf(request))) {
    throw new FreshetError('event.unauthentic', 'the voucher is for another order')
  }
  const { jti, expMs } = voucher
  used.use({ by: `console ${voucher.console}`, jti, expMs }, nowMs)
  return { name: nameOf(voucher), role: roleWithin(named(voucher.console)?.role, voucher) }
}

/** No name of an admin with a token has a space: so the two kinds of names never collide. */
function nameOf({ person: { iss, sub }, console }: Voucher): string {
  return `${iss} ${sub} via ${console}`
}

function roleWithin(highest: AdminRole | undefined, { console, role }: Voucher): AdminRole {
  const rank = ADMIN_ROLES.findIndex((each) => each === role)
  const found = ADMIN_ROLES[rank]
  if (found !== undefined && highest !== undefined && rank <= ADMIN_ROLES.indexOf(highest))
    return found
  const message = `Console ${console} vouches for a role that it may not vouch for.`
  throw new FreshetError('request.forbidden', message)
}

/** The digest of a copy: the code that carries the order out reads the body itself. */
async function digestOf(request: Request): Promise<string> {
  const { pathname, search } = new URL(request.url)
  const body = new Uint8Array(await request.clone().arrayBuffer())
  return orderDigest({ method: request.method, path: `${pathname}${search}`, body })
}
