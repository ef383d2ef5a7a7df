"""Pictures and the report page, drawn in two ways.

`svg`, `charts`, `heatmaps` and `report` write SVG and HTML as text, without any library. Their colours are classes that
follow the reader's light or dark theme, so the pictures are for pages: the report of a run, and `tagger.inspect -o`.
`plots` uses matplotlib (`hantagger[plot]`) for figures with several panels and log axes that are saved as files, as SVG
and as PNG: the comparisons of `tagger.compare` and `tagger.memory`.
"""
