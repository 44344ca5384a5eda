import type { RegistryAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { COLUMNS, drawnRegistry, type DrawnNode } from './drawn-registry.ts'

const COLUMN_WIDTH = 240
const NODE_WIDTH = 176
const NODE_HEIGHT = 24
const ROW_HEIGHT = 32
const HEAD_HEIGHT = 28
const WIDTH = (COLUMNS.length - 1) * COLUMN_WIDTH + NODE_WIDTH + 2
/** The letters of a name that a box has place for; its title has all of it. */
const LETTERS_MAX = 24

/** The way of each claim from its source to the routes. Screen readers get it as a list. */
export function RegistryDrawing({ registry }: { readonly registry: RegistryAnswer }): JSX.Element {
  const { nodes, links, rows, isCut, sentences } = drawnRegistry(registry)
  const height = HEAD_HEIGHT + rows * ROW_HEIGHT
  return (
    <section class="card">
      <h2>From source to route</h2>
      <ul class="hidden">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <div class="scroll" role="region" aria-label="Drawing of the registry" tabIndex={0}>
        <svg
          class="drawing"
          viewBox={`0 0 ${WIDTH} ${height}`}
          width={WIDTH}
          height={height}
          aria-hidden="true"
        >
          {COLUMNS.map((name, column) => (
            <text key={name} class="head" x={column * COLUMN_WIDTH + 1} y={16}>
              {name}
            </text>
          ))}
          {links.map(({ from, to }) => (
            <path key={`${from.key} ${to.key}`} d={curveOf(from, to)} />
          ))}
          {nodes.map((node) => (
            <Box key={node.key} node={node} />
          ))}
        </svg>
      </div>
      {nodes.some(({ isHighRisk }) => isHighRisk) && (
        <p class="quiet">A bold frame marks a route of high risk.</p>
      )}
      {isCut && (
        <p class="quiet">
          The drawing has the first names of each column. The tables have all of them.
        </p>
      )}
    </section>
  )
}

function Box({ node }: { readonly node: DrawnNode }): JSX.Element {
  const { name, isHighRisk } = node
  const [x, y] = [leftOf(node), topOf(node)]
  const shown = name.length > LETTERS_MAX ? `${name.slice(0, LETTERS_MAX - 1)}…` : name
  return (
    <g class={isHighRisk ? 'high' : undefined}>
      <title>{name}</title>
      <rect x={x} y={y} width={NODE_WIDTH} height={NODE_HEIGHT} rx="4" />
      <text x={x + 8} y={y + 16}>
        {shown}
      </text>
    </g>
  )
}

function curveOf(from: DrawnNode, to: DrawnNode): string {
  const [x, y] = [leftOf(from) + NODE_WIDTH, topOf(from) + NODE_HEIGHT / 2]
  const [endX, endY] = [leftOf(to), topOf(to) + NODE_HEIGHT / 2]
  const half = (x + endX) / 2
  return `M${x} ${y}C${half} ${y} ${half} ${endY} ${endX} ${endY}`
}

function leftOf({ column }: DrawnNode): number {
  return column * COLUMN_WIDTH + 1
}

function topOf({ row }: DrawnNode): number {
  return HEAD_HEIGHT + row * ROW_HEIGHT
}
