# Draws an episode: a timeline in, an ASS subtitle file out, which ffmpeg's `ass` filter paints over a plain gradient.
# With -v still=1 only what stands still (places: layers 0 and 1), to be painted once; otherwise only the rest.
# A line of the timeline is   start_ms TAB end_ms TAB kind TAB who TAB scene TAB text   with kind title, line, beat or end.
# Set with -v: title, number, series, next (the next episode's title, empty after the last). 720x1280, everything in pixels.
# Colours are written RRGGBB and turned round for ASS. Works with mawk.

function clock(ms,   cs) {
  cs = int(ms / 10)
  return sprintf("%d:%02d:%02d.%02d", cs / 360000, (cs / 6000) % 60, (cs / 100) % 60, cs % 100)
}
function bgr(rgb) { return "&H" substr(rgb, 5, 2) substr(rgb, 3, 2) substr(rgb, 1, 2) "&" }

# One shape from `from` to `to`. alpha: 0 opaque to 255; tags: further ASS tags.
function shape(layer, rgb, alpha, path, tags) {
  if ((layer < 2) != still) return
  printf "Dialogue: %d,%s,%s,D,,0,0,0,,{\\an7%s%s\\1c%s\\1a&H%02X&\\p1}%s\n", layer, clock(from), clock(to),
    camera, tags, bgr(rgb), alpha, path
}
function ellipse(x, y, rx, ry,   k, l) {
  k = rx * 0.5523; l = ry * 0.5523
  return sprintf("m %d %d b %d %d %d %d %d %d b %d %d %d %d %d %d b %d %d %d %d %d %d b %d %d %d %d %d %d",
    x - rx, y, x - rx, y - l, x - k, y - ry, x, y - ry, x + k, y - ry, x + rx, y - l, x + rx, y,
    x + rx, y + l, x + k, y + ry, x, y + ry, x - k, y + ry, x - rx, y + l, x - rx, y)
}
function box(x, y, w, h) { return sprintf("m %d %d l %d %d %d %d %d %d", x, y, x + w, y, x + w, y + h, x, y + h) }
# The crescent between half an ellipse and a flatter one; side -1 left, 1 right.
function crescent(x, y, rx, ry, flat, side,   l, r) {
  l = ry * 0.5523; r = rx * side
  return sprintf("m %d %d b %d %d %d %d %d %d b %d %d %d %d %d %d b %d %d %d %d %d %d b %d %d %d %d %d %d",
    x, y - ry, x + r * 0.55, y - ry, x + r, y - l, x + r, y, x + r, y + l, x + r * 0.55, y + ry, x, y + ry,
    x + r * flat * 0.55, y + ry, x + r * flat, y + l, x + r * flat, y, x + r * flat, y - l, x + r * flat * 0.55, y - ry, x, y - ry)
}
# A slow push in (zoom > 1) and drift while the shot lasts, the same for all its shapes, so that they stay together.
function set_camera(dx, zoom,   ox, oy) {
  ox = -(zoom - 1) * 360; oy = -(zoom - 1) * 560
  camera = sprintf("\\move(%d,0,%d,%d)\\t(\\fscx%d\\fscy%d)", dx, ox - dx, oy, zoom * 100, zoom * 100)
}

# ---- places -------------------------------------------------------------------------------------------------
function sea(y, rgb,   i, d) {
  shape(0, rgb, 0, box(-60, y, 860, 1400 - y), "")
  # Glints, right of where the cliff ends.
  if (!still && !near)
    for (i = 0; i < 9; i++) {
      d = (i % 2) ? 30 : -30
      camera = sprintf("\\move(%d,%d,%d,%d)", 545 + (i * 67) % 110, y + 16 + i * 20, 545 + (i * 67) % 110 + d, y + 16 + i * 20)
      shape(2, "9FB7D9", 190 - i * 8, "m 0 4 b 20 0 50 0 " (70 + i * 6) " 4 b 50 8 20 8 0 4", "\\blur1")
    }
  camera = "\\pos(0,0)"
}
function stars(   i) {
  for (i = 0; i < 46; i++)
    shape(0, "FFFFFF", 90 + (i * 37) % 120, ellipse((i * 197) % 720, (i * 131) % 470, 1 + (i % 3 == 0), 1 + (i % 3 == 0)), "")
}
function lighthouse(lit,   s) {
  stars()
  shape(0, "FFF4D6", 150, ellipse(560, 190, 110, 110), "\\blur40")
  shape(0, "FFF8E7", 0, ellipse(560, 190, 58, 58), "\\blur1")
  shape(0, "E9DFC4", 60, ellipse(545, 178, 12, 12), ""); shape(0, "E9DFC4", 60, ellipse(578, 208, 16, 16), "")
  sea(820, "122244")
  if (lit) {
    s = to - from
    shape(3, "FFE9A8", 120, "m 236 392 l 900 180 900 380", sprintf("\\blur12\\org(236,392)\\frz-14\\t(0,%d,\\frz26)", s))
    shape(3, "FFE9A8", 150, "m 236 392 l -500 560 -500 380", sprintf("\\blur12\\org(236,392)\\frz-14\\t(0,%d,\\frz26)", s))
    shape(3, "FFE9A8", 60, ellipse(236, 392, 90, 90), "\\blur30")
  }
  shape(0, "0B1222", 0, "m -60 1400 l -60 760 b 40 730 120 748 200 742 b 300 736 330 770 380 830 b 420 880 430 960 520 1010 b 600 1060 610 1200 640 1400", "")
  shape(0, "1B2740", 60, "m 380 830 b 420 880 430 960 520 1010 b 600 1060 610 1200 640 1400 l 590 1400 b 560 1210 560 1090 490 1040 b 410 980 400 900 380 830", "")
  shape(0, "C9CCD6", 0, "m 196 760 l 212 440 260 440 276 760", "")
  shape(0, "A13A3A", 0, "m 203 620 l 207 540 265 540 269 620", ""); shape(0, "A13A3A", 0, "m 210 480 l 212 440 260 440 262 480", "")
  shape(0, "5B6072", 90, "m 248 440 l 260 440 276 760 254 760", "\\blur2")
  shape(0, "2A2F3E", 0, "m 200 440 l 272 440 272 430 200 430", "")
  shape(0, lit ? "FFF2C4" : "3A4256", 0, box(214, 366, 44, 64), lit ? "\\blur3" : "")
  shape(0, "8E2F2F", 0, "m 206 368 l 236 330 266 368", ""); shape(0, "2A2F3E", 0, box(234, 366, 4, 64), "")
  shape(0, "2A2F3E", 0, "m 226 760 l 226 722 b 226 706 246 706 246 722 l 246 760", "")
}
function stairs(   i, y, x) {
  shape(0, "2E2118", 0, box(-60, -60, 860, 1520), "")
  shape(0, "C98B3C", 150, ellipse(360, 420, 330, 420), "\\blur60")
  for (i = 0; i < 13; i++) {
    y = 60 + i * 96
    shape(0, "241912", 90, box(-60 + (i % 2) * 60, y, 840, 3), "")
  }
  shape(0, "0E1930", 0, "m 300 330 l 300 200 b 300 120 420 120 420 200 l 420 330", "")
  shape(0, "8FA7D6", 120, "m 308 322 l 308 202 b 310 130 410 130 412 202 l 412 322", "\\blur2")
  shape(0, "2A1D14", 0, box(356, 130, 8, 200), ""); shape(0, "2A1D14", 0, box(300, 230, 120, 8), "")
  shape(0, "8FA7D6", 205, "m 304 330 l 416 330 640 1300 120 1300", "\\blur18")
  for (i = 0; i < 11; i++) {
    x = -40 + i * 74; y = 1210 - i * 74
    shape(0, i % 2 ? "5A4230" : "634935", 0, sprintf("m %d %d l %d %d %d 1400 %d 1400", x, y, x + 76, y, x + 76, x), "")
    shape(0, "8A6848", 0, box(x, y, 76, 9), ""); shape(0, "1A120C", 110, box(x, y + 9, 76, 18), "\\blur3")
  }
  shape(0, "150E09", 0, "m -40 1010 l 760 210 760 228 -40 1028", "")
  for (i = 0; i < 9; i++) shape(0, "150E09", 0, box(10 + i * 88, 960 - i * 88, 7, 250), "")
}
function lamproom(   i, r) {
  sea(700, "3A3358")
  shape(0, "FFB27A", 120, ellipse(520, 690, 260, 120), "\\blur40"); shape(0, "FFD9A0", 0, ellipse(520, 696, 46, 46), "\\blur3")
  sea(712, "3A3358")
  for (i = 0; i < 5; i++) shape(0, "171320", 0, box(-14 + i * 184, -60, 14, 1010), "")
  for (i = 0; i < 4; i++) shape(0, "171320", 0, box(-60, 120 + i * 260, 860, 9), "")
  shape(0, "171320", 0, box(-60, -60, 860, 130), ""); shape(0, "1D1726", 0, box(-60, 940, 860, 500), "")
  shape(0, "FFE3A3", 130, ellipse(250, 560, 220, 300), "\\blur50")
  for (r = 5; r > 0; r--) {
    shape(0, r % 2 ? "6E8FA8" : "A8C6D6", 70, ellipse(250, 560, 26 * r, 46 * r), "")
    shape(0, "F4E6B8", 150, crescent(250, 560, 26 * r, 46 * r, 0.86, -1), "")
  }
  shape(0, "FFF6D8", 0, ellipse(250, 560, 16, 30), "\\blur4")
  shape(0, "2B2331", 0, "m 130 960 l 170 800 330 800 370 960", ""); shape(0, "4A3D4F", 0, box(150, 784, 200, 20), "")
}
# Which of them, seen from afar with two small figures, or (near) as the dim backdrop of somebody who speaks.
function place(scene) {
  camera = "\\pos(0,0)"
  if (scene ~ /^lighthouse/) lighthouse(scene ~ /lit/)
  else if (scene ~ /^stairs/) stairs()
  else lamproom()
  if (near) { shape(1, "060912", 96, box(0, 0, 720, 1280), ""); return }
  camera = "\\move(0,0,-9,0)"
  figure(430, 900, "1B2338", 1)
  camera = "\\move(4,0,0,0)"
  figure(520, 910, "151A27", 0)
}
function figure(x, y, rgb, long) {
  if (where_ground(x)) y = where_ground(x)
  shape(2, rgb, 0, ellipse(x, y, 13, 16), "")
  if (long) shape(2, rgb, 0, sprintf("m %d %d b %d %d %d %d %d %d l %d %d", x - 15, y - 6, x - 24, y + 40, x - 8, y + 34, x - 4, y + 30, x, y), "")
  shape(2, rgb, 0, sprintf("m %d %d b %d %d %d %d %d %d l %d %d %d %d", x - 22, y + 130, x - 24, y + 30, x - 12, y + 14, x, y + 14, x + 12, y + 16, x + 22, y + 130), "")
  shape(2, rgb, 0, box(x - 14, y + 120, 10, 54) " " box(x + 4, y + 120, 10, 54), "")
}
# On the cliff the figures stand lower and smaller ground is under them; 0 where any height does.
function where_ground(x) { return place_now ~ /^lighthouse/ ? 780 + (x - 430) * 1.35 : place_now ~ /^stairs/ ? 1210 - (x + 40) - 176 : 0 }

# ---- people, head and shoulders -------------------------------------------------------------------------------
function eyes(skin, iris, brow,   t, keep_from, keep_to) {
  shape(10, "F4F1EA", 0, ellipse(310, 545, 25, 14) " " ellipse(412, 545, 25, 14), "")
  shape(10, iris, 0, ellipse(312, 545, 12, 13) " " ellipse(414, 545, 12, 13), "")
  shape(10, "101010", 0, ellipse(312, 545, 6, 7) " " ellipse(414, 545, 6, 7), "")
  shape(10, "FFFFFF", 0, ellipse(316, 541, 3, 3) " " ellipse(418, 541, 3, 3), "")
  shape(10, brow, 0, "m 278 512 b 296 496 322 498 340 508 b 322 504 298 506 278 518 m 384 508 b 402 498 430 496 446 512 b 430 506 402 504 384 514", "")
  shape(10, brow, 30, "m 284 542 b 296 526 326 526 337 544 b 326 532 298 532 284 546 m 386 544 b 398 526 426 526 439 542 b 426 532 398 532 386 548", "")
  keep_from = from; keep_to = to
  for (t = keep_from + 900; t + 130 < keep_to; t += 2300) {
    from = t; to = t + 130
    shape(10, skin, 0, ellipse(310, 545, 27, 16) " " ellipse(412, 545, 27, 16), "")
  }
  from = keep_from; to = keep_to
}
# Lips move while the person speaks, in five shapes; the camera's movement is cut into the same pieces.
function mouth(rgb, dark,   t, n, h, keep_from, keep_to) {
  keep_from = from; keep_to = to
  n = 0
  for (t = keep_from; t < keep_to; t += 110) {
    from = t; to = t + 110 < keep_to ? t + 110 : keep_to
    h = t > voice_to ? 0 : substr("3614052413", n % 10 + 1, 1) * 4
    camera = between(t - keep_from, keep_to - keep_from)
    shape(10, rgb, 0, sprintf("m 318 652 b 336 %d 350 646 361 650 b 372 646 386 %d 404 652 b 388 %d 334 %d 318 652", 640 - h / 4, 640 - h / 4, 668 + h, 668 + h), "")
    if (h > 3) shape(10, dark, 0, ellipse(361, 653 + h / 3, 26, h / 2), "")
    n++
  }
  from = keep_from; to = keep_to; camera = between(0, 0)
}
# The camera of this shot at one moment of it, or (0, 0) the whole movement.
function between(t, all,   part, z) {
  if (!all) { set_camera(shot_dx, shot_zoom); return camera }
  part = t / all
  z = 1 + (shot_zoom - 1) * part
  return sprintf("\\pos(%.1f,%.1f)\\fscx%.2f\\fscy%.2f", shot_dx * (1 - part) + (-(shot_zoom - 1) * 360 - shot_dx) * part, -(shot_zoom - 1) * 560 * part, z * 100, z * 100)
}
function mara(light) {
  shape(10, "3F1710", 0, "m 196 560 b 180 380 270 330 362 330 b 460 330 544 380 528 570 b 524 700 580 820 560 960 l 170 960 b 150 820 204 700 196 560", "")
  shape(10, "C48A69", 0, "m 312 690 l 410 690 420 880 302 880", "")
  shape(10, "1C5560", 0, "m 70 1400 b 84 1010 160 900 300 856 l 361 930 424 856 b 560 900 640 1010 654 1400", "")
  shape(10, "123A43", 0, "m 300 856 l 361 1010 424 856 450 868 372 1400 350 1400 272 868", "")
  shape(10, "E2AE8C", 0, ellipse(361, 560, 122, 168), "")
  shape(10, "B97C5C", 110, crescent(361, 560, 122, 168, 0.45, -1), "\\blur6")
  shape(10, light, 120, crescent(361, 560, 122, 168, 0.8, 1), "\\blur4")
  shape(10, "D98F78", 140, ellipse(286, 612, 26, 16) " " ellipse(436, 612, 26, 16), "\\blur8")
  eyes("DDA685", "3E6B4F", "3F1710")
  shape(10, "B97C5C", 40, "m 362 560 b 374 590 384 606 372 612 b 364 616 352 614 346 610 b 360 610 368 604 362 560", "")
  mouth("A8443F", "4A1618")
  shape(10, "4F1D14", 0, "m 226 600 b 214 440 270 372 350 384 b 330 420 290 440 270 480 b 250 520 246 560 226 600 m 350 384 b 440 372 500 430 500 610 b 486 540 462 480 420 450 b 390 430 366 410 350 384", "")
  shape(10, "7A3524", 120, "m 350 384 b 420 386 470 430 486 520 b 460 460 410 420 350 384", "\\blur2")
}
function theo(light) {
  shape(10, "9A6E52", 0, "m 302 690 l 424 690 436 890 290 890", "")
  shape(10, "262B38", 0, "m 40 1400 b 54 1010 130 910 280 866 l 361 950 444 866 b 596 910 672 1010 686 1400", "")
  shape(10, "3A4254", 0, "m 262 820 l 361 1000 230 1010 200 890 m 462 820 l 361 1000 492 1010 524 890", "")
  shape(10, "C99672", 0, ellipse(361, 566, 128, 172), "")
  shape(10, "5B4636", 0, "m 236 600 b 250 640 300 622 361 622 b 424 622 472 640 486 600 b 490 700 440 770 361 770 b 282 770 232 700 236 600", "\\blur2")
  shape(10, "8E6448", 110, crescent(361, 566, 128, 172, 0.45, 1), "\\blur6")
  shape(10, light, 120, crescent(361, 566, 128, 172, 0.8, -1), "\\blur4")
  eyes("C28F6C", "4A5C7A", "2D221A")
  shape(10, "8E6448", 30, "m 360 556 b 348 590 336 612 350 618 b 360 622 374 620 380 614 b 362 614 352 606 360 556", "")
  mouth("8A4B40", "331312")
  shape(10, "6E2A2A", 0, "m 226 500 b 220 360 290 318 361 318 b 434 318 504 360 498 500 b 440 470 284 470 226 500", "")
  shape(10, "8A3838", 0, "m 218 506 b 280 462 446 462 506 506 l 502 458 b 440 420 284 420 222 458", "")
}
# Known by his voice only: a shape against the light.
function father(light) {
  shape(10, "FFE3A3", 120, ellipse(361, 560, 320, 380), "\\blur60")
  shape(10, "0A0C12", 0, ellipse(361, 540, 120, 160), "\\blur2")
  shape(10, "0A0C12", 0, "m 10 1400 b 30 960 120 850 250 810 b 290 796 296 760 292 660 l 430 660 b 426 760 432 796 472 810 b 602 850 692 960 712 1400", "\\blur2")
  shape(10, light, 90, crescent(361, 540, 122, 162, 0.94, 1), "\\blur4")
  shape(10, "0A0C12", 0, "m 180 440 b 300 400 420 400 542 440 b 420 470 300 470 180 440 m 250 430 b 260 330 460 330 472 430", "\\blur2")
}

# ---- words ------------------------------------------------------------------------------------------------------
function words(layer, style, tags, text) {
  printf "Dialogue: %d,%s,%s,%s,,0,0,0,,{%s}%s\n", layer, clock(from), clock(to), style, tags, text
}
function caption(who, text,   rgb) {
  rgb = who == "MARA" ? "7FE0D0" : who == "THEO" ? "FFB98A" : who == "FATHER" ? "D7C7FF" : "FFFFFF"
  # Between the chin and what a viewer's page lays over the lower third, left of its buttons.
  words(20, "Line", "\\an2\\pos(313,876)", who == "NARRATOR" ? text : "{\\fs24\\fsp4\\1c" bgr(rgb) "}" who "\\N{\\r}" text)
}
function title_card(text) {
  camera = "\\pos(0,0)"
  shape(29, "05060C", 110, box(0, 0, 720, 1280), "\\fad(0,600)")
  words(30, "Series", "\\an5\\pos(360,610)\\fad(300,300)\\fsp14", toupper(series))
  words(30, "Title", "\\an5\\pos(360,690)\\fad(300,300)", text)
  words(30, "Series", "\\an5\\pos(360,762)\\fad(300,300)", "Episode " number)
}
function end_card(text) {
  camera = "\\pos(0,0)"
  shape(29, "05060C", 60, box(0, 0, 720, 1280), "\\fad(500,0)")
  words(30, "Title", "\\an5\\pos(360,520)\\fad(500,0)", text)
  if (next_title != "") {
    shape(29, "E5484D", 0, box(160, 720, 400, 6), "\\fad(900,0)")
    words(30, "Series", "\\an5\\pos(360,684)\\fad(900,0)", "NEXT EPISODE")
    words(30, "Next", "\\an5\\pos(360,780)\\fad(900,0)", (number + 1) " · " next_title)
  } else words(30, "Series", "\\an5\\pos(360,720)\\fad(900,0)", "TO BE CONTINUED")
}

BEGIN {
  FS = "\t"
  print "[Script Info]\nScriptType: v4.00+\nPlayResX: 720\nPlayResY: 1280\nWrapStyle: 0\nScaledBorderAndShadow: yes\nYCbCr Matrix: TV.709\n"
  print "[V4+ Styles]"
  print "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
  print "Style: D,DejaVu Sans,20,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1"
  print "Style: Line,DejaVu Sans,34,&H00FFFFFF,&H00FFFFFF,&H00120A06,&H80000000,-1,0,0,0,100,100,0,0,1,4,2,2,66,160,0,1"
  print "Style: Next,DejaVu Sans,42,&H00FFFFFF,&H00FFFFFF,&H00120A06,&H80000000,-1,0,0,0,100,100,0,0,1,4,2,5,76,76,0,1"
  print "Style: Title,DejaVu Serif,60,&H00FFFFFF,&H00FFFFFF,&H00120A06,&H80000000,-1,0,0,0,100,100,0,0,1,3,3,5,70,70,0,1"
  print "Style: Series,DejaVu Sans,28,&H00D8E2F0,&H00FFFFFF,&H00120A06,&H80000000,-1,0,0,0,100,100,3,0,1,2,1,5,60,60,0,1"
  print "\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
}
{
  from = $1; to = $2; voice_to = to - 350
  kind = $3; who = $4; place_now = $5
  light = place_now ~ /^lighthouse/ ? "9DB8FF" : place_now ~ /^stairs/ ? "FFC98A" : "FFD0A0"
  near = kind == "line" && who != "NARRATOR"
  place(place_now)
  if (still) next
  if (near) {
    shot_dx = who == "MARA" ? -14 : 14
    shot_zoom = 1.04 + (NR % 3) * 0.02
    set_camera(shot_dx, shot_zoom)
    if (who == "MARA") mara(light); else if (who == "THEO") theo(light); else father(light)
  }
  if (kind == "line") caption(who, $6)
  if (kind == "title") title_card($6)
  if (kind == "end") end_card($6)
}
