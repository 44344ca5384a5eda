import type { RegistryAnswer } from '@freshet/insight/answers'
import { useAnswer } from '../api/use-answer.ts'

/** The names in the active registry. */
export interface RegistryNames {
  readonly tenants: readonly string[] | undefined
  readonly claims: readonly string[] | undefined
}

/** Returns the names that a reader can choose; `undefined` until the console answers. */
export function useNames(isAllowed: boolean): RegistryNames {
  const { data } = useAnswer<RegistryAnswer>(isAllowed ? '/v1/registry' : null, 'once')
  return {
    tenants: data?.tenants.map(({ tenant }) => tenant),
    claims: data?.claims.map(({ claim }) => claim),
  }
}
