package chart

import (
	"image"
	"image/color"
	"image/draw"
	"strconv"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// letters is the height of what is written, in pixels: on a phone, where the
// picture is as wide as the screen, it reads like text.
const letters = 28

var fonts = sync.OnceValues(func() (both [2]*sfnt.Font, err error) {
	for i, raw := range [][]byte{goregular.TTF, gobold.TTF} {
		if both[i], err = opentype.Parse(raw); err != nil {
			return both, err
		}
	}
	return both, nil
})

// drawn is the text, or what stands for it when the font lacks a letter of it.
func (t Text) drawn() string {
	both, err := fonts()
	if err != nil {
		return t.Else
	}
	var b sfnt.Buffer
	for _, r := range t.Text {
		if i, err := both[0].GlyphIndex(&b, r); err != nil || i == 0 {
			return t.Else
		}
	}
	return t.Text
}

// pen draws on a picture.
type pen struct {
	img         *image.RGBA
	plain, bold font.Face
}

func newPen() (*pen, error) {
	both, err := fonts()
	if err != nil {
		return nil, err
	}
	var faces [2]font.Face
	for i, f := range both {
		if faces[i], err = opentype.NewFace(f, &opentype.FaceOptions{Size: letters, DPI: 72}); err != nil {
			return nil, err
		}
	}
	return &pen{plain: faces[0], bold: faces[1]}, nil
}

func (p *pen) fill(x, y, w, h int, c color.RGBA) {
	draw.Draw(p.img, image.Rect(x, y, x+w, y+h), image.NewUniform(c), image.Point{}, draw.Src)
}

func (p *pen) width(f font.Face, s string) int { return font.MeasureString(f, s).Ceil() }

// write puts a text into a line that begins at y, cut to a width, and gives
// where it ends.
func (p *pen) write(f font.Face, x, y int, s string, most int) int {
	if p.width(f, s) > most {
		runes := []rune(s)
		for len(runes) > 0 && p.width(f, string(runes)+"…") > most {
			runes = runes[:len(runes)-1]
		}
		s = string(runes) + "…"
	}
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(ink), Face: f, Dot: fixed.P(x, y+32)}
	d.DrawString(s)
	return d.Dot.X.Ceil()
}

// key is one series in the legend.
type key struct {
	text string
	ink  color.RGBA
}

// legend names the series with their sums, as many to a line as fit.
func (p *pen) legend(c Chart) (lines [][]key) {
	x := width
	for i, s := range c.Series {
		n := 0
		for _, b := range c.Bars {
			if i < len(b.Parts) {
				n += b.Parts[i]
			}
		}
		k := key{text: s.drawn() + " " + strconv.Itoa(n), ink: inks[i%len(inks)]}
		w := 34 + p.width(p.plain, k.text) + 30
		if x+w > width-margin+30 {
			lines, x = append(lines, nil), gutter
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], k)
		x += w
	}
	return lines
}
