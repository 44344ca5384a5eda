import type { ComponentChildren, JSX } from 'preact'

/** Names and their values. A value that is `null` or `undefined` is left out. */
export function Facts({
  facts,
}: {
  readonly facts: Readonly<Record<string, ComponentChildren>>
}): JSX.Element {
  const given = Object.entries(facts).filter(([, fact]) => fact !== null && fact !== undefined)
  return (
    <dl class="facts">
      {given.map(([name, fact]) => [
        <dt key={`${name}-name`}>{name}</dt>,
        <dd key={name}>{fact}</dd>,
      ])}
    </dl>
  )
}
