// The font of the pages: Pretendard, cut down to what Korean administration writes.
//
// The 2,350 syllables of KS X 1001 cover modern Korean; a rarer syllable falls back to the machine's
// own font, glyph by glyph. Pretendard's licence (OFL 1.1) reserves its name for the original, so the
// cut one is called Sandan Sans inside and out.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import subsetFont from 'subset-font'

const require = createRequire(import.meta.url)
const { convert } = createRequire(require.resolve('subset-font'))('fontverter')

const SOURCE = 'node_modules/pretendard/dist/web/variable/woff2/PretendardVariable.woff2'
export const LICENCE = 'node_modules/pretendard/dist/LICENSE.txt'
// Documents are set in the whole font, unchanged and under its own name: a PDF has no other to fall back to.
export const PRINTED = ['Regular', 'Bold'].map((weight) => `node_modules/pretendard/dist/public/static/Pretendard-${weight}.otf`)
const ORIGINAL = 'Pretendard'
const RENAMED = 'SandanSans' // as long as the original, so that the name table keeps its layout
const RENAMED_IDS = new Set([1, 3, 4, 6, 16, 25])
const FIRST_INSTANCE_ID = 256
const FEATURES = ['ccmp', 'locl', 'kern', 'liga', 'calt', 'tnum', 'case']
const WEIGHTS = { wght: { min: 400, max: 700 } }
const SIGNS =
  '₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹₩€£¥‰℃℉㎥㎡㎍㎎㎏㎞㎜㎝㎾㎿Ωµμ∑√∞≈≠≤≥±×÷−–—‘’“”…·•※→←↑↓↗↘↙↖↔⇄▲▼◀▶△▽●○◎◆◇■□★☆✓✕㈜①②③④⑤⑥⑦⑧⑨⑩⌘⏎'

/** Every character of rows `first` to `last` of KS X 1001. */
function ksx1001(first, last) {
  const decoder = new TextDecoder('euc-kr')
  let text = ''
  for (let row = first; row <= last; row++)
    for (let cell = 1; cell <= 94; cell++) text += decoder.decode(new Uint8Array([0xa0 + row, 0xa0 + cell]))
  return text.replaceAll('�', '')
}

function characters() {
  const latin = Array.from({ length: 0x180 - 0x20 }, (_, i) => String.fromCodePoint(0x20 + i)).join('')
  const syllables = ksx1001(16, 40)
  if ([...syllables].length !== 2350) throw new Error(`KS X 1001 has 2350 syllables, this node knows ${[...syllables].length}`)
  return latin + ksx1001(1, 2) + ksx1001(4, 4) + syllables + SIGNS
}

/** Overwrite the reserved name in the name table, where it names the font. */
function rename(font) {
  const tables = font.readUInt16BE(4)
  for (let i = 0; i < tables; i++) {
    const entry = 12 + 16 * i
    if (font.toString('latin1', entry, entry + 4) !== 'name') continue
    const table = font.readUInt32BE(entry + 8)
    const strings = table + font.readUInt16BE(table + 4)
    for (let r = 0; r < font.readUInt16BE(table + 2); r++) {
      const record = table + 6 + 12 * r
      const id = font.readUInt16BE(record + 6)
      if (!RENAMED_IDS.has(id) && id < FIRST_INSTANCE_ID) continue
      const start = strings + font.readUInt16BE(record + 10)
      const part = font.subarray(start, start + font.readUInt16BE(record + 8))
      for (const encoding of ['utf16le', 'latin1']) {
        const wanted = Buffer.from(ORIGINAL, encoding)
        const given = Buffer.from(RENAMED, encoding)
        if (encoding === 'utf16le') [wanted, given].forEach((b) => b.swap16())
        const at = part.indexOf(wanted)
        if (at >= 0) given.copy(part, at)
      }
    }
  }
  return font
}

/** The cut font as woff2. */
export async function cutFont() {
  const cut = await subsetFont(readFileSync(SOURCE), characters(), {
    targetFormat: 'truetype',
    variationAxes: WEIGHTS,
    keepFeatures: FEATURES,
    noHinting: true,
  })
  return convert(rename(cut), 'woff2', 'truetype')
}
