"""Small electronic documents, made up here: `invoice(...)`, `note(...)`, `cancellation(...)`, `zipped(...)`."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from sessions_app.evidence.cdc import check_digit

NAMESPACE = "http://ekuatia.set.gov.py/sifen/xsd"
RUC = "80012345"
OTHER_RUC = "80054321"


def cdc(number=1, *, kind=1, point="001-001", at="2026-07-01T09:00:00", ruc=RUC, code="123456789"):
    """The CDC that a document with these parts has."""
    body = (
        f"{kind:02}{ruc:0>8}{check_digit(f'{ruc:0>8}')}{point.replace('-', '')}{number:07}2"
        f"{at[:10].replace('-', '')}1{code}"
    )
    return body + check_digit(body)


def paid(kind=1, amount="10000.0000", currency="PYG", rate=None):
    rated = f"<dTiCamTiPag>{rate}</dTiCamTiPag>" if rate else ""
    return (
        f"<gPaConEIni><iTiPago>{kind}</iTiPago><dMonTiPag>{amount}</dMonTiPag>"
        f"<cMoneTiPag>{currency}</cMoneTiPag>{rated}</gPaConEIni>"
    )


def invoice(
    number=1,
    *payments,
    total="10000",
    kind=1,
    point="001-001",
    at="2026-07-01T09:00:00",
    ruc=RUC,
    code="123456789",
    condition=1,
    currency="PYG",
    rate="",
    in_guaranies="",
    before_rounding=None,
    rounding="0",
    timbrado="12345678",
    refers_to="",
    root=True,
    **replaced,
):
    """One document as XML text. `replaced`: name of an element -> another text for it."""
    key = cdc(number, kind=kind, point=point, at=at, ruc=ruc, code=code)
    rated = f"<dTiCam>{rate}</dTiCam>" if rate else ""
    counted = f"<dTotalGs>{in_guaranies}</dTotalGs>" if in_guaranies else ""
    paying = "".join(payments) if payments else "" if condition == 2 else paid(1, f"{total}.0000")
    agreed = f"<gCamCond><iCondOpe>{condition}</iCondOpe>{paying}</gCamCond>" if kind in (1, 4) else ""
    referring = f"<gCamDEAsoc><dCdCDERef>{refers_to}</dCdCDERef></gCamDEAsoc>" if refers_to else ""
    text = f"""<rDE xmlns="{NAMESPACE}"><dVerFor>150</dVerFor><DE Id="{key}"><dDVId>{key[-1]}</dDVId>
<gOpeDE><iTipEmi>1</iTipEmi><dCodSeg>{code}</dCodSeg></gOpeDE>
<gTimb><iTiDE>{kind}</iTiDE><dNumTim>{timbrado}</dNumTim><dEst>{point[:3]}</dEst><dPunExp>{point[4:]}</dPunExp>
<dNumDoc>{number:07}</dNumDoc></gTimb>
<gDatGralOpe><dFeEmiDE>{at}</dFeEmiDE><gOpeCom><cMoneOpe>{currency}</cMoneOpe>{rated}</gOpeCom>
<gEmis><dRucEm>{ruc}</dRucEm><dDVEmi>{check_digit(f"{ruc:0>8}")}</dDVEmi><dNomEmi>Farmacia Inventada</dNomEmi></gEmis>
<gDatRec><dNomRec>Clienta Secreta</dNomRec><dRucRec>4123456</dRucRec></gDatRec></gDatGralOpe>
<gDtipDE>{agreed}<gCamItem><dDesProSer>Remedio secreto</dDesProSer></gCamItem></gDtipDE>
<gTotSub><dTotOpe>{before_rounding or total}</dTotOpe><dRedon>{rounding}</dRedon><dTotGralOpe>{total}</dTotGralOpe>
{counted}</gTotSub>{referring}</DE></rDE>"""
    for name, value in replaced.items():
        start, end = text.index(f"<{name}>"), text.index(f"</{name}>")
        text = f"{text[:start]}<{name}>{value}{text[end:]}"
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}' if root else text


def event(body, *, at="2026-07-01T10:00:00", number=1):
    return (
        f'<rGesEve xmlns="{NAMESPACE}"><rEve Id="{number}"><dFecFirma>{at}</dFecFirma>'
        f"<gGroupTiEvt>{body}</gGroupTiEvt></rEve></rGesEve>"
    )


def cancellation(key, **kwargs):
    return event(f"<rGeVeCan><Id>{key}</Id><mOtEve>error</mOtEve></rGeVeCan>", **kwargs)


def unused(first, last, *, point="001-001", kind=1, timbrado="12345678"):
    return event(
        f"<rGeVeInu><dNumTim>{timbrado}</dNumTim><dEst>{point[:3]}</dEst><dPunExp>{point[4:]}</dPunExp>"
        f"<dNumIn>{first:07}</dNumIn><dNumFin>{last:07}</dNumFin><iTiDE>{kind}</iTiDE></rGeVeInu>"
    )


def answer(key, state):
    return (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><n:rRetEnviDe xmlns:n="{NAMESPACE}">'
        f"<n:rProtDe><n:Id>{key}</n:Id><n:dEstRes>{state}</n:dEstRes></n:rProtDe></n:rRetEnviDe></s:Body></s:Envelope>"
    )


def answered_event(body, state, *, number=1):
    """An event beside the answer that it got, as the service gives both back."""
    return (
        f'<rContEv xmlns="{NAMESPACE}"><xEvento>{body}</xEvento><rResEnviEventoDe><gResProcEVe>'
        f"<dEstRes>{state}</dEstRes><id>{number}</id></gResProcEVe></rResEnviEventoDe></rContEv>"
    )


def batch(*documents):
    return f"<rLoteDE>{''.join(documents)}</rLoteDE>"


def zipped(**files):
    """A zip of files: name (`a_xml` is a.xml) -> text or bytes."""
    return zipped_as({name.replace("_", "."): content for name, content in files.items()})


def zipped_as(files):
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
