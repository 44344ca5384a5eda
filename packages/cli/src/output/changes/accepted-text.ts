import { printable } from '../printable.ts'

/** The place of an accepted order, and the command that follows it. */
export function acceptedText({
  id,
  partition,
  offset,
}: {
  readonly id: string
  readonly partition: number
  readonly offset: string
}): string {
  const name = printable(id)
  return `${name} is accepted at ${partition}/${offset}\nnext: freshet change explain ${name}`
}
