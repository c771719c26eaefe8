"""The invented OEM of the demo: Yunlu Motors (云麓汽车), its regions, dealers and models.

No real maker bears the name.
"""

from typing import Final, NamedTuple

SLUG: Final = "yunlu"
NAME: Final = "云麓汽车"
NAME_EN: Final = "Yunlu Motors"
MODELS: Final = ("云麓 L6", "云麓 L8 Pro", "云麓 E5", "云麓 E7 长续航", "云麓 S3")


class Place(NamedTuple):
    """A dealer: Chinese and English name, province, city."""

    name: str
    name_en: str
    province: str
    city: str


class District(NamedTuple):
    """A district with its dealers."""

    name: str
    name_en: str
    dealers: tuple[Place, ...]


class Area(NamedTuple):
    """An area with its two districts."""

    name: str
    name_en: str
    districts: tuple[District, District]


AREAS: Final = (
    Area(
        "华东大区",
        "East China",
        (
            District(
                "沪苏区",
                "Shanghai and Jiangsu",
                (
                    Place("上海虹桥店", "Shanghai Hongqiao", "上海", "上海"),
                    Place("上海金桥店", "Shanghai Jinqiao", "上海", "上海"),
                    Place("苏州金鸡湖店", "Suzhou Jinji Lake", "江苏", "苏州"),
                    Place("南京河西店", "Nanjing Hexi", "江苏", "南京"),
                ),
            ),
            District(
                "浙皖区",
                "Zhejiang and Anhui",
                (
                    Place("杭州滨江店", "Hangzhou Binjiang", "浙江", "杭州"),
                    Place("宁波鄞州店", "Ningbo Yinzhou", "浙江", "宁波"),
                    Place("温州瓯海店", "Wenzhou Ouhai", "浙江", "温州"),
                    Place("合肥滨湖店", "Hefei Binhu", "安徽", "合肥"),
                ),
            ),
        ),
    ),
    Area(
        "华南大区",
        "South China",
        (
            District(
                "广深区",
                "Guangzhou and Shenzhen",
                (
                    Place("广州天河店", "Guangzhou Tianhe", "广东", "广州"),
                    Place("深圳宝安店", "Shenzhen Bao'an", "广东", "深圳"),
                    Place("东莞南城店", "Dongguan Nancheng", "广东", "东莞"),
                    Place("佛山顺德店", "Foshan Shunde", "广东", "佛山"),
                ),
            ),
            District(
                "闽桂区",
                "Fujian and Guangxi",
                (
                    Place("福州仓山店", "Fuzhou Cangshan", "福建", "福州"),
                    Place("厦门集美店", "Xiamen Jimei", "福建", "厦门"),
                    Place("南宁青秀店", "Nanning Qingxiu", "广西", "南宁"),
                ),
            ),
        ),
    ),
    Area(
        "华北大区",
        "North China",
        (
            District(
                "京津区",
                "Beijing and Tianjin",
                (
                    Place("北京亦庄店", "Beijing Yizhuang", "北京", "北京"),
                    Place("北京望京店", "Beijing Wangjing", "北京", "北京"),
                    Place("天津滨海店", "Tianjin Binhai", "天津", "天津"),
                    Place("天津西青店", "Tianjin Xiqing", "天津", "天津"),
                ),
            ),
            District(
                "晋冀区",
                "Shanxi and Hebei",
                (
                    Place("石家庄裕华店", "Shijiazhuang Yuhua", "河北", "石家庄"),
                    Place("太原小店店", "Taiyuan Xiaodian", "山西", "太原"),
                    Place("唐山路北店", "Tangshan Lubei", "河北", "唐山"),
                ),
            ),
        ),
    ),
    Area(
        "华中大区",
        "Central China",
        (
            District(
                "湖北区",
                "Hubei",
                (
                    Place("武汉光谷店", "Wuhan Optics Valley", "湖北", "武汉"),
                    Place("武汉汉阳店", "Wuhan Hanyang", "湖北", "武汉"),
                    Place("宜昌伍家岗店", "Yichang Wujiagang", "湖北", "宜昌"),
                ),
            ),
            District(
                "湘豫区",
                "Hunan and Henan",
                (
                    Place("长沙岳麓店", "Changsha Yuelu", "湖南", "长沙"),
                    Place("郑州郑东店", "Zhengzhou Zhengdong", "河南", "郑州"),
                    Place("洛阳洛龙店", "Luoyang Luolong", "河南", "洛阳"),
                    Place("株洲天元店", "Zhuzhou Tianyuan", "湖南", "株洲"),
                ),
            ),
        ),
    ),
    Area(
        "西南大区",
        "Southwest China",
        (
            District(
                "川藏区",
                "Sichuan",
                (
                    Place("成都高新店", "Chengdu Gaoxin", "四川", "成都"),
                    Place("成都青羊店", "Chengdu Qingyang", "四川", "成都"),
                    Place("绵阳涪城店", "Mianyang Fucheng", "四川", "绵阳"),
                ),
            ),
            District(
                "渝滇区",
                "Chongqing and Yunnan",
                (
                    Place("重庆渝北店", "Chongqing Yubei", "重庆", "重庆"),
                    Place("重庆南岸店", "Chongqing Nan'an", "重庆", "重庆"),
                    Place("昆明官渡店", "Kunming Guandu", "云南", "昆明"),
                ),
            ),
        ),
    ),
    Area(
        "东北大区",
        "Northeast China",
        (
            District(
                "辽宁区",
                "Liaoning",
                (
                    Place("沈阳浑南店", "Shenyang Hunnan", "辽宁", "沈阳"),
                    Place("大连高新店", "Dalian Gaoxin", "辽宁", "大连"),
                    Place("鞍山铁东店", "Anshan Tiedong", "辽宁", "鞍山"),
                ),
            ),
            District(
                "吉黑区",
                "Jilin and Heilongjiang",
                (
                    Place("长春净月店", "Changchun Jingyue", "吉林", "长春"),
                    Place("哈尔滨松北店", "Harbin Songbei", "黑龙江", "哈尔滨"),
                ),
            ),
        ),
    ),
)
