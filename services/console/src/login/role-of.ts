import { ADMIN_ROLES, type AdminRole } from '@freshet/runtime'
import type { RoleMap } from './oidc-settings.ts'

/**
 * The highest role that the claims of an ID token give. Only a text, or a list of texts, counts: any other
 * value gives no role.
 */
export function roleOf(
  { claim, values }: RoleMap,
  claims: Readonly<Record<string, unknown>>,
): AdminRole | undefined {
  const claimed = Object.hasOwn(claims, claim) ? [claims[claim]].flat() : []
  return ADMIN_ROLES.findLast((role) => values[role].some((value) => claimed.includes(value)))
}
