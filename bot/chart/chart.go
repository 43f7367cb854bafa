// Package chart draws a day's numbers as a picture that can be read at a
// glance, also on a phone and on a dark screen: it is opaque, its letters are
// large, and its colours are told apart by people who see few of them. It is
// pure: the same chart gives the same bytes.
package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
)

// Chart is stacked bars over time, and below them rows of bars.
type Chart struct {
	Title Text
	// Series are the parts of the bars, from below.
	Series []Text
	Bars   []Bar
	// RowsTitle stands over the rows; without rows it is not drawn.
	RowsTitle Text
	Rows      []Row
}

// Text is what is written. The font has no Chinese: what it cannot draw whole is
// replaced by Else.
type Text struct{ Text, Else string }

// Bar is one step of time.
type Bar struct {
	Label string
	Parts []int // one a series
}

// Row is one bar with a name.
type Row struct {
	Label Text
	N     int
}

// The picture's measures, in pixels.
const (
	width   = 800
	margin  = 28
	gutter  = 84 // left of the bars, for the scale
	plot    = 300
	line    = 44
	rowsGap = 24
	names   = 260 // left of the rows
)

var (
	paper  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	ink    = color.RGBA{0x1d, 0x1c, 0x1d, 0xff}
	faint  = color.RGBA{0xd9, 0xd9, 0xd9, 0xff}
	single = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	// inks are Okabe and Ito's, which colour-blind people tell apart.
	inks = []color.RGBA{
		{0x00, 0x72, 0xb2, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff},
		{0xd5, 0x5e, 0x00, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0x76, 0x76, 0x76, 0xff},
	}
)

// MaxSeries is how many parts a bar can have.
const MaxSeries = 6

// PNG draws the chart.
func (c Chart) PNG() ([]byte, error) {
	p, err := newPen()
	if err != nil {
		return nil, err
	}
	legend := p.legend(c)
	height := margin + line + plot + line + len(legend)*line + margin
	if len(c.Rows) > 0 {
		height += rowsGap + line + len(c.Rows)*line
	}
	p.img = image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	y := margin
	p.write(p.bold, margin, y, c.Title.drawn(), width-2*margin)
	y += line
	p.bars(c, y)
	y += plot + line
	for _, items := range legend {
		x := gutter
		for _, it := range items {
			p.fill(x, y+10, 24, 24, it.ink)
			x = p.write(p.plain, x+34, y, it.text, width-margin-x-34) + 30
		}
		y += line
	}
	if len(c.Rows) > 0 {
		y += rowsGap
		p.write(p.bold, margin, y, c.RowsTitle.drawn(), width-2*margin)
		p.rows(c.Rows, y+line)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p.img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// bars draws the stacked bars with their scale.
func (p *pen) bars(c Chart, top int) {
	most := 0
	for _, b := range c.Bars {
		most = max(most, b.sum())
	}
	step := scale(most)
	full := max(step, (most+step-1)/step*step)
	bottom := top + plot
	for v := 0; v <= full; v += step {
		y := bottom - v*(plot-20)/full
		p.fill(gutter, y, width-margin-gutter, 2, faint)
		label := strconv.Itoa(v)
		p.write(p.plain, gutter-12-p.width(p.plain, label), y-line/2, label, gutter)
	}
	if len(c.Bars) == 0 {
		return
	}
	room := width - margin - gutter
	every := max(1, (len(c.Bars)+5)/6)
	for i, b := range c.Bars {
		left, right := gutter+i*room/len(c.Bars), gutter+(i+1)*room/len(c.Bars)
		gap := max(1, (right-left)/8)
		from := 0
		for s, n := range b.Parts {
			y0, y1 := bottom-from*(plot-20)/full, bottom-(from+n)*(plot-20)/full
			p.fill(left+gap, y1, right-left-2*gap, y0-y1, inks[s%len(inks)])
			from += n
		}
		if i%every == 0 {
			p.write(p.plain, left, bottom+2, b.Label, width-margin-left)
		}
	}
	p.fill(gutter, bottom, room, 3, ink)
}

// rows draws one bar a name, with its number behind it.
func (p *pen) rows(rows []Row, y int) {
	most := 1
	for _, r := range rows {
		most = max(most, r.N)
	}
	room := width - names - 2*margin - p.width(p.plain, strconv.Itoa(most)) - 14
	for _, r := range rows {
		p.write(p.plain, margin, y, r.Label.drawn(), names-20)
		w := max(2, r.N*room/most)
		p.fill(margin+names, y+7, w, line-14, single)
		p.write(p.plain, margin+names+w+14, y, strconv.Itoa(r.N), width)
		y += line
	}
}

func (b Bar) sum() (n int) {
	for _, x := range b.Parts {
		n += x
	}
	return n
}

// scale gives the distance of two lines of a scale that reaches most with at
// most five: 1, 2 or 5 of a power of ten.
func scale(most int) int {
	for unit := 1; ; unit *= 10 {
		for _, m := range []int{1, 2, 5} {
			if most <= 5*m*unit {
				return m * unit
			}
		}
	}
}
