import type { JSX } from 'preact'
import { Time } from '../parts/time.tsx'

const MOMENT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/

/** A sentence of the console. Its moments are shown in this browser's zone. */
export function Sentence({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text
        .split(MOMENT)
        .map((part, index) => (index % 2 === 0 ? part : <Time key={index} at={part} isClock />))}
    </>
  )
}
