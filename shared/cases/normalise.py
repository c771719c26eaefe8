"""Text as rules and searches read it: one width, one case, simplified characters (pure).

Folding works character by character, so every place in the folded text leads back to the exact characters a
person wrote.
"""

import unicodedata
from typing import Final

import msgspec

# Traditional characters of the field's everyday words, each above its simplified form. Characters that are
# also at home in simplified text (乾, 藉) are left out.
_TRADITIONAL: Final = (
    "剎閘車轉氣彈燒煙動發機變電壓過熱錶儀盤鎖鏽銹聲響頂燈門鏡鈴軸輪懸掛減擋檔離軟體網絡導連線維護養換費價"
    "錢賠償補貼訂購買賣銷騙詐廣傳贈約簽證書無沒問題態惡責絕應復聯繫係處長經員廠協會訴訟師報場監視頻庫檢測"
    "記錄錯誤嚴兩萬個幾億點時間鐘終於後頭邊裡裏內當義務險據實際標準質優雜壞舊損傷斷開關啟啓滅閃顯螢圖層塗"
    "緊緩續駛駕駝遙雲與為爲來這們對嗎樣還給說説話請讓從進運該級幫備屬僅災難獨單雙隻隨遠適選擇達遲違遺邁認"
    "識誰調諮詢談論讀課豐貨賬趕躍軌輕輛輔輸轎辦農遞郵鄰醫釋針鈕鋁鋼鍵鏈鐵閱隊陽陰陳階雖靈靜順預領顏願類顧"
    "風飛飯駐驗驚髒魚鮮齊龍龜竄亂傾側僞偽創別劃劑劇勁勞勢勵區華壘墊奪將專尋屆島幣廢張強徑徹恆悶惱愛慣慘慚"
    "慮憂戶拋捲捨掃採攔擊擔攝敗敵斂曉暫曆歷殘殺毀決涼淚淨淺渦溝滲滯滾漲潔潛澤濕濫濾灑爐爭狀獎獲獻現環畢畫"
    "異療癥盜盡睏矇碼確禮禍種稱穩窪競筆節範築簡籤糧糾紀紅紋納純紙組細結絲統綁綠綫編練縫縮總績織繞繼罷羅職"
    "聞聽肅腦腳膠臟臺舉艙蓋薦藍藝藥號虛裝製複見規覺覽觀觸計討訓訪設許評試詳誠誘譯議豎負貪貫貴貸貿賓賴贏趙"
    "趨踐蹤軋載輝輩輯轟辭遊鄧鄭醜釘釣銀銅銘鋪錨鍋鎮鏟鑰鑒閉閒閥闆闖陸雞霧靂頁頓頗顆飄飾餘駁騎騰驅骯鬆鬧鹽"
    "麼麗黃黨齒塊壇墜夠夾奮婦孫寧寶寫寬岡崗帳帶廳彙恥懇懶戰戲撥撫撲撿擁擠擴擺擾攤敘數晝曬東條棄楊業極榮構"
    "槍樁橋橫檯欄權歡歲歸毆氫漢滿濟濃瀏煥煩熒爺牆犧猶獄瑪產瘋盞盧眾礙礦禦稅積穌窮窩竊篩籌籠粵糞緣縣縱罰羨"
    "習聖聰聾脅脫腫腸膚膽臉臨興艦蘇蘭蘋虧蟲蠻術衛衝褲襲託詞誇誌諒諾謀謊謝譴豬貝財賀資賄賊賺贖躉轄辯邏鈍鈣"
    "鉛鉤銳鋒錦鑽閑闊陣隱隸雛韌韻項頒額顛驟鬥鮑鳥鳴鴻麥黴齡墮週麵鬍幹佔併兇湊凍剛剝劉剷勝勸匯卻厲參吳呂唸"
    "啞喪喬嚇嚥囉團園圓國圍執堅塵墳壩壯壺夢奧妝媽嬌學宮審巖廂廈廚廟廬憲懷懼戀搶摺撐撓擬攏攪斬斃昇晉暈曠朧"
    "桿梔棗檸歐殼氈沖況渾湯溫滄滬漁漸漿潤潰澆澀濱瀝灘灣烏煉爛牽狹獅瑣璽瓊甌畝疊痙瘡皺盃睜矯碩磚礎祕禪禿穀"
    "窯窺竇竪筍箋簾籃紡紮紹絞絨綜綱綴綿緒緝緯緻縛縷縹繃繳纏纖罈罵翹聳膩艱蔔薩蘿虜蝕蠟訊註詛詭誕諷諸謂謹謙"
    "譜譽讚豈貢販賒賜賞賢賦賭贊跡踴蹟軀軍軒較輒輻轍逕遜遼鄉釀鈔鉀鈾鉗銜鋸錘鍍鍛鎊鑄鑑閩闡闢陝陞靚韓頸頹頰"
    "顎顫飢飽餃餅館馬馭馮駱騷驕驢髮鬢鯨鶴鼴龐"
)
_SIMPLIFIED: Final = (
    "刹闸车转气弹烧烟动发机变电压过热表仪盘锁锈锈声响顶灯门镜铃轴轮悬挂减挡档离软体网络导连线维护养换费价"
    "钱赔偿补贴订购买卖销骗诈广传赠约签证书无没问题态恶责绝应复联系系处长经员厂协会诉讼师报场监视频库检测"
    "记录错误严两万个几亿点时间钟终于后头边里里内当义务险据实际标准质优杂坏旧损伤断开关启启灭闪显萤图层涂"
    "紧缓续驶驾驼遥云与为为来这们对吗样还给说说话请让从进运该级帮备属仅灾难独单双只随远适选择达迟违遗迈认"
    "识谁调咨询谈论读课丰货账赶跃轨轻辆辅输轿办农递邮邻医释针钮铝钢键链铁阅队阳阴陈阶虽灵静顺预领颜愿类顾"
    "风飞饭驻验惊脏鱼鲜齐龙龟窜乱倾侧伪伪创别划剂剧劲劳势励区华垒垫夺将专寻届岛币废张强径彻恒闷恼爱惯惨惭"
    "虑忧户抛卷舍扫采拦击担摄败敌敛晓暂历历残杀毁决凉泪净浅涡沟渗滞滚涨洁潜泽湿滥滤洒炉争状奖获献现环毕画"
    "异疗症盗尽困蒙码确礼祸种称稳洼竞笔节范筑简签粮纠纪红纹纳纯纸组细结丝统绑绿线编练缝缩总绩织绕继罢罗职"
    "闻听肃脑脚胶脏台举舱盖荐蓝艺药号虚装制复见规觉览观触计讨训访设许评试详诚诱译议竖负贪贯贵贷贸宾赖赢赵"
    "趋践踪轧载辉辈辑轰辞游邓郑丑钉钓银铜铭铺锚锅镇铲钥鉴闭闲阀板闯陆鸡雾雳页顿颇颗飘饰余驳骑腾驱肮松闹盐"
    "么丽黄党齿块坛坠够夹奋妇孙宁宝写宽冈岗帐带厅汇耻恳懒战戏拨抚扑捡拥挤扩摆扰摊叙数昼晒东条弃杨业极荣构"
    "枪桩桥横台栏权欢岁归殴氢汉满济浓浏焕烦荧爷墙牺犹狱玛产疯盏卢众碍矿御税积稣穷窝窃筛筹笼粤粪缘县纵罚羡"
    "习圣聪聋胁脱肿肠肤胆脸临兴舰苏兰苹亏虫蛮术卫冲裤袭托词夸志谅诺谋谎谢谴猪贝财贺资贿贼赚赎趸辖辩逻钝钙"
    "铅钩锐锋锦钻闲阔阵隐隶雏韧韵项颁额颠骤斗鲍鸟鸣鸿麦霉龄堕周面胡干占并凶凑冻刚剥刘铲胜劝汇却厉参吴吕念"
    "哑丧乔吓咽啰团园圆国围执坚尘坟坝壮壶梦奥妆妈娇学宫审岩厢厦厨庙庐宪怀惧恋抢折撑挠拟拢搅斩毙升晋晕旷胧"
    "杆栀枣柠欧壳毡冲况浑汤温沧沪渔渐浆润溃浇涩滨沥滩湾乌炼烂牵狭狮琐玺琼瓯亩叠痉疮皱杯睁矫硕砖础秘禅秃谷"
    "窑窥窦竖笋笺帘篮纺扎绍绞绒综纲缀绵绪缉纬致缚缕缥绷缴缠纤坛骂翘耸腻艰卜萨萝虏蚀蜡讯注诅诡诞讽诸谓谨谦"
    "谱誉赞岂贡贩赊赐赏贤赋赌赞迹踊迹躯军轩较辄辐辙迳逊辽乡酿钞钾铀钳衔锯锤镀锻镑铸鉴闽阐辟陕升靓韩颈颓颊"
    "颚颤饥饱饺饼馆马驭冯骆骚骄驴发鬓鲸鹤鼹庞"
)
_FOLDED: Final = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True)) | {"’": "'", "‘": "'", "“": '"', "”": '"'}


_MOST_REMEMBERED: Final = 30_000


class FoldedText(msgspec.Struct, frozen=True):
    """A text beside its folded form.

    `starts` is None where both have the same length; else `starts[i]` is the place in `original` of the
    folded character `i`, with one more entry for the end.
    """

    original: str
    folded: str
    starts: tuple[int, ...] | None = None

    def written(self, start: int, end: int) -> str:
        """The person's own characters behind `folded[start:end]`."""
        if self.starts is None:
            return self.original[start:end]
        return self.original[self.starts[start] : self.starts[end - 1] + 1]


def fold(text: str) -> FoldedText:
    """NFKC, lower case, simplified characters, white space as blanks, invisible characters dropped."""
    folded = text.translate(_TABLE)
    if _TABLE.uneven.isdisjoint(text):
        return FoldedText(text, folded)
    lengths = [len(_TABLE[ord(character)]) for character in text]
    starts = [place for place, length in enumerate(lengths) for _ in range(length)]
    return FoldedText(text, folded, (*starts, len(text)))


class _FoldingTable(dict[int, str]):
    """What each character folds to, found out when it is first met; `uneven` ones fold to none or several."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        character = chr(code)
        piece = _fold_character(character)
        if len(piece) != 1:
            self.uneven.add(character)
        if len(self) < _MOST_REMEMBERED:
            self[code] = piece
        return piece


_TABLE: Final = _FoldingTable()


def _fold_character(character: str) -> str:
    if character.isspace():
        return "\n" if character in "\n\r\u2028\u2029" else " "
    if unicodedata.category(character) == "Cf":
        return ""
    plain = unicodedata.normalize("NFKC", character).lower()
    return "".join(_FOLDED.get(part, part) for part in plain)
