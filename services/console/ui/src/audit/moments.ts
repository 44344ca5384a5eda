/** Returns a moment as a datetime picker has it: in this browser's zone, to the second; empty for none. */
export function pickedOf(at: string | null): string {
  const moment = new Date(at ?? '')
  if (Number.isNaN(moment.getTime())) return ''
  const two = (figure: number): string => String(figure).padStart(2, '0')
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-')
  const time = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(':')
  return `${day}T${time}`
}

/** Returns the moment of a datetime picker in UTC; `null` for none. */
export function momentIn(picked: string): string | null {
  const moment = new Date(picked)
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString()
}
