import type { JSX } from 'preact'

/** One of a row of measurements; `null`: it failed; `undefined`: there was none. */
type Point = number | null | undefined

const WIDTH = 120
const HEIGHT = 24

/**
 * Bars, the newest to the right. A failure is a bar of full height in its own colour; the text beside it has
 * the same content.
 */
export function Spark({
  points,
  label,
}: {
  readonly points: readonly Point[]
  readonly label: string
}): JSX.Element {
  const most = Math.max(1, ...points.map((point) => point ?? 0))
  const step = WIDTH / Math.max(points.length, 1)
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {points.map((point, index) => {
        if (point === undefined) return null
        const height = point === null ? HEIGHT : Math.max(1, (point / most) * HEIGHT)
        return (
          <rect
            key={index}
            class={point === null ? 'bad' : undefined}
            x={index * step}
            y={HEIGHT - height}
            width={step * 0.8}
            height={height}
          />
        )
      })}
    </svg>
  )
}
