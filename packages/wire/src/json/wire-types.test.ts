import { expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import type { Wire } from './wire-types.ts'

const schema = z.object({
  list: z.array(z.object({ n: z.number() })),
  facts: z.record(z.string(), z.unknown()),
  kind: z.union([z.literal('a'), z.array(z.string())]),
  by: z.string().exactOptional(),
})

interface Written {
  readonly list: readonly { readonly n: number }[]
  readonly facts: Readonly<Record<string, unknown>>
  readonly kind: 'a' | readonly string[]
  readonly by?: string
}

it('the type of a schema is read-only at every depth, and keeps optional and unknown members', () => {
  expectTypeOf<Wire<typeof schema>>().toEqualTypeOf<Written>()
})

it('control: the type that zod infers is not read-only', () => {
  expectTypeOf<z.infer<typeof schema>>().not.toEqualTypeOf<Written>()
})
