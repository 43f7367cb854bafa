package chart

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var keep = flag.String("keep", "", "a folder to write the pictures to, to look at them")

func day() Chart {
	c := Chart{
		Title:     Text{Text: "Cases by hour", Else: "Cases"},
		RowsTitle: Text{Text: "按管理员", Else: "Cases by moderator"},
	}
	for _, v := range []string{"ban", "mute", "kick", "silence", "close", "others"} {
		c.Series = append(c.Series, Text{Text: v, Else: v})
	}
	for h := range 24 {
		c.Bars = append(c.Bars, Bar{Label: fmt.Sprintf("%02d:00", (h+9)%24), Parts: []int{h % 7, h % 5, h % 3, 1, h % 2, 3 - h%3}})
	}
	for i, name := range []string{"Mei Lin", "王伟", "A moderator with a very long name indeed", "Ада"} {
		c.Rows = append(c.Rows, Row{Label: Text{Text: name, Else: fmt.Sprintf("U0%d", i)}, N: 40 - 9*i})
	}
	return c
}

func drawn(t *testing.T, name string, c Chart) image.Image {
	t.Helper()
	raw, err := c.PNG()
	require.NoError(t, err)
	again, err := c.PNG()
	require.NoError(t, err)
	require.True(t, bytes.Equal(raw, again), "the same chart gives the same bytes")
	if *keep != "" {
		require.NoError(t, os.WriteFile(filepath.Join(*keep, name+".png"), raw, 0o600))
	}
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	return img
}

// pixels counts those of a colour.
func pixels(img image.Image, of int) (n int) {
	b := img.Bounds()
	r0, g0, b0, _ := inks[of].RGBA()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r == r0 && g == g0 && b == b0 {
				n++
			}
		}
	}
	return n
}

func TestAPictureShowsEveryPart(t *testing.T) {
	img := drawn(t, "day", day())
	require.Equal(t, width, img.Bounds().Dx())
	for i := range MaxSeries {
		require.Greater(t, pixels(img, i), 24*24, "series %d", i)
	}
	_, _, _, alpha := img.At(0, 0).RGBA()
	require.EqualValues(t, 0xffff, alpha, "opaque, for dark screens")
}

// A part twice as large covers twice as much, whatever the scale.
func TestAPartIsAsLargeAsItsNumber(t *testing.T) {
	c := Chart{Title: Text{Text: "x"}, Series: []Text{{Text: "a"}, {Text: "b"}}, Bars: []Bar{{Label: "0", Parts: []int{200, 100}}}}
	img := drawn(t, "parts", c)
	const key = 24 * 24
	require.InDelta(t, 2, float64(pixels(img, 0)-key)/float64(pixels(img, 1)-key), 0.05)
}

func TestWhatTheFontCannotDrawIsReplaced(t *testing.T) {
	require.Equal(t, "Mei Lin", Text{"Mei Lin", "U1"}.drawn())
	require.Equal(t, "Ада", Text{"Ада", "U1"}.drawn())
	require.Equal(t, "U1", Text{"王伟", "U1"}.drawn())
	require.Equal(t, "U1", Text{"🔥", "U1"}.drawn())
}

func TestOddChartsAreDrawn(t *testing.T) {
	drawn(t, "empty", Chart{Title: Text{Text: "Nothing"}})
	drawn(t, "zeros", Chart{Title: Text{Text: "Nothing"}, Series: []Text{{Text: "a"}}, Bars: make([]Bar, 24)})
	drawn(t, "huge", Chart{Series: []Text{{Text: "a"}}, Bars: []Bar{{Parts: []int{1_000_000}}}, Rows: []Row{{N: 0}, {N: 1_000_000}}})
}

func TestScales(t *testing.T) {
	for most, want := range map[int]int{0: 1, 1: 1, 5: 1, 6: 2, 10: 2, 11: 5, 26: 10, 100: 20, 101: 50, 999: 200} {
		require.Equal(t, want, scale(most), most)
	}
}
