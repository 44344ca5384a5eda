import { byteMutators } from './byte-mutators.ts'
import { httpMutators } from './http-mutators.ts'
import { jsonMutators } from './json-mutators.ts'
import { jwtMutators } from './jwt-mutators.ts'
import type { Mutator } from './mutator.ts'

/** Every kind of mutation for the services. */
export const allMutators: readonly Mutator[] = [
  ...byteMutators,
  ...jsonMutators,
  ...jwtMutators,
  ...httpMutators,
]
