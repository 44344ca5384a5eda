import * as z from 'zod'

/** The address that a service listens on: of IP, since what a name leads to may change. */
export const listenAddress: z.ZodType<string> = z.union(
  [z.ipv4(), z.ipv6()],
  'must be an IP address',
)
