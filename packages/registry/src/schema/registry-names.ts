import * as z from 'zod'
import { text } from '@freshet/wire/wire-types'

/** A schema of names as the keys of a record. */
export type Key = z.ZodType<string, string> & z.core.$ZodRecordKey

/** A path, relative to the registry file. */
export const file: z.ZodType<string> = text(512)

/** The team that is responsible for an entry. */
export const owner: z.ZodType<string> = z.string().max(256).default('')

/** A name of any form. */
export const anyName: Key = text(512) as Key

/** The name of a class of changes. */
export const className: z.ZodType<string, string> = z.string().min(1).max(64)
