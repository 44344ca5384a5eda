import { claimName, text } from '@freshet/wire/wire-types'
import { CONNECTION_KINDS } from '@freshet/protocol'
import * as z from 'zod'
import { durationText } from '../file/registry-values.ts'
import type { ConnectionEntry } from './registry-entries.ts'
import { anyName, type Key } from './registry-names.ts'

const POINTER = 'must be a JSON Pointer, like /groups/*/name'
/** A JSON Pointer (RFC 6901), in which `*` stands for each element. */
const pointerText = z
  .string()
  .max(256)
  .regex(/^(?:\/(?:[^~/]|~[01])*)+$/, POINTER)

const mapping = z
  .strictObject({
    each: pointerText.describe(
      'JSON Pointer to the values in the state of a subject. `*` stands for each element of a list.',
    ),
    strip: text(256)
      .exactOptional()
      .describe('A prefix. Values without it are left out, and the others lose it.'),
    values: z
      .record(text(256) as Key, z.union([text(256), z.number(), z.boolean()]))
      .exactOptional()
      .describe('The values of the claim, by those of the upstream system. Default: equal.'),
    others: z
      .enum(['keep', 'drop', 'refuse'])
      .default('drop')
      .describe(
        'The reaction to a value that `values` does not have. refuse: the subject has no value of the claim.',
      ),
  })
  .describe('The rule that reads the values of a claim.')

/** The upstream system of a source in a tenant, as written in the registry file. */
export const connection: z.ZodType<ConnectionEntry> = z
  .strictObject({
    kind: z.enum(CONNECTION_KINDS).describe('The kind of the upstream system.'),
    at: text(1_024).describe(
      'Its address: a URL without a password, or the absolute path of a file on the machine of `freshet serve connect`.',
    ),
    settle: durationText
      .default('3s')
      .describe(
        'The longest time from a commit in the upstream system to the moment when it can be read there.',
      ),
    interval: durationText.default('1s').describe('The time between two reads of its events.'),
    compare: durationText
      .default('10m')
      .describe('The time between two comparisons of all subjects.'),
    subject: z
      .strictObject({
        iss: text(512).describe('An issuer of the tenant.'),
        sub: pointerText.describe('JSON Pointer to the `sub` in the state of a subject.'),
      })
      .describe('The name of a subject.'),
    account: z
      .boolean()
      .default(false)
      .describe('true: the state of the account is sent, too. The source is `account`.'),
    claims: z
      .record(claimName as Key, mapping)
      .describe('The claims of the source, and how their values are read.'),
    options: z
      .record(anyName, text(1_024))
      .default({})
      .describe('Settings of the kind, by name. The page of the kind lists them.'),
  })
  .describe('An upstream system that `freshet serve connect` reads for the source.')
