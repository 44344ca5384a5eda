import { FreshetError } from '@freshet/domain'

export function notBuilt(..._unused: readonly unknown[]): never {
  throw new FreshetError('invariant.broken', 'not built yet')
}
