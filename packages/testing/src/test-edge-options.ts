import type { EdgeOptions } from '@freshet/edge'

/** The options of `createEdge` by which an edge reads a test feed. Add those of your service. */
export type TestEdgeOptions = Required<
  Pick<EdgeOptions, 'issuer' | 'audience' | 'keys' | 'revocations' | 'timer'>
>
