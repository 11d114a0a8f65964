package gendocs

// This file holds the types of the large documents: see json_types_test.go.

type golangSource struct {
	Tree     *golangNode `json:"tree"`
	Username string      `json:"username"`
}

type golangNode struct {
	Name     string       `json:"name"`
	Kids     []golangNode `json:"kids"`
	CLWeight float64      `json:"cl_weight"`
	Touches  int          `json:"touches"`
	MinT     int64        `json:"min_t"`
	MaxT     int64        `json:"max_t"`
	MeanT    int64        `json:"mean_t"`
}

type twitterStatus struct {
	Statuses       []twitterStatusStatuses     `json:"statuses"`
	SearchMetadata twitterStatusSearchMetadata `json:"search_metadata"`
}

type twitterStatusSearchMetadata struct {
	CompletedIn float64 `json:"completed_in"`
	MaxId       int64   `json:"max_id"`
	MaxIdStr    string  `json:"max_id_str"`
	NextResults string  `json:"next_results"`
	Query       string  `json:"query"`
	RefreshUrl  string  `json:"refresh_url"`
	Count       int64   `json:"count"`
	SinceId     int64   `json:"since_id"`
	SinceIdStr  string  `json:"since_id_str"`
}

type twitterStatusStatuses struct {
	Metadata             twitterStatusStatusesMetadata        `json:"metadata"`
	CreatedAt            string                               `json:"created_at"`
	Id                   int64                                `json:"id"`
	IdStr                string                               `json:"id_str"`
	Text                 string                               `json:"text"`
	Source               string                               `json:"source"`
	Truncated            bool                                 `json:"truncated"`
	InReplyToStatusId    *int64                               `json:"in_reply_to_status_id"`
	InReplyToStatusIdStr *string                              `json:"in_reply_to_status_id_str"`
	InReplyToUserId      *int64                               `json:"in_reply_to_user_id"`
	InReplyToUserIdStr   *string                              `json:"in_reply_to_user_id_str"`
	InReplyToScreenName  *string                              `json:"in_reply_to_screen_name"`
	User                 twitterStatusStatusesUser            `json:"user"`
	Geo                  any                                  `json:"geo"`
	Coordinates          any                                  `json:"coordinates"`
	Place                any                                  `json:"place"`
	Contributors         any                                  `json:"contributors"`
	RetweetCount         int64                                `json:"retweet_count"`
	FavoriteCount        int64                                `json:"favorite_count"`
	Entities             twitterStatusStatusesEntities        `json:"entities"`
	Favorited            bool                                 `json:"favorited"`
	Retweeted            bool                                 `json:"retweeted"`
	Lang                 string                               `json:"lang"`
	RetweetedStatus      twitterStatusStatusesRetweetedStatus `json:"retweeted_status,omitempty"`
	PossiblySensitive    bool                                 `json:"possibly_sensitive,omitempty"`
}

type twitterStatusStatusesRetweetedStatus struct {
	Metadata             twitterStatusStatusesMetadata `json:"metadata"`
	CreatedAt            string                        `json:"created_at"`
	Id                   int64                         `json:"id"`
	IdStr                string                        `json:"id_str"`
	Text                 string                        `json:"text"`
	Source               string                        `json:"source"`
	Truncated            bool                          `json:"truncated"`
	InReplyToStatusId    *int64                        `json:"in_reply_to_status_id"`
	InReplyToStatusIdStr *string                       `json:"in_reply_to_status_id_str"`
	InReplyToUserId      *int64                        `json:"in_reply_to_user_id"`
	InReplyToUserIdStr   *string                       `json:"in_reply_to_user_id_str"`
	InReplyToScreenName  *string                       `json:"in_reply_to_screen_name"`
	User                 twitterStatusStatusesUser     `json:"user"`
	Geo                  any                           `json:"geo"`
	Coordinates          any                           `json:"coordinates"`
	Place                any                           `json:"place"`
	Contributors         any                           `json:"contributors"`
	RetweetCount         int64                         `json:"retweet_count"`
	FavoriteCount        int64                         `json:"favorite_count"`
	Entities             twitterStatusStatusesEntities `json:"entities"`
	Favorited            bool                          `json:"favorited"`
	Retweeted            bool                          `json:"retweeted"`
	PossiblySensitive    bool                          `json:"possibly_sensitive,omitempty"`
	Lang                 string                        `json:"lang"`
}

type twitterStatusStatusesEntities struct {
	Hashtags     []twitterStatusStatusesEntitiesHashtags            `json:"hashtags"`
	Symbols      []any                                              `json:"symbols"`
	Urls         []twitterStatusStatusesUserEntitiesDescriptionUrls `json:"urls"`
	UserMentions []twitterStatusStatusesEntitiesUserMentions        `json:"user_mentions"`
	Media        []twitterStatusStatusesEntitiesMedia               `json:"media,omitempty"`
}

type twitterStatusStatusesEntitiesMedia struct {
	Id                int64                                   `json:"id"`
	IdStr             string                                  `json:"id_str"`
	Indices           []int64                                 `json:"indices"`
	MediaUrl          string                                  `json:"media_url"`
	MediaUrlHttps     string                                  `json:"media_url_https"`
	Url               string                                  `json:"url"`
	DisplayUrl        string                                  `json:"display_url"`
	ExpandedUrl       string                                  `json:"expanded_url"`
	Type              string                                  `json:"type"`
	Sizes             twitterStatusStatusesEntitiesMediaSizes `json:"sizes"`
	SourceStatusId    int64                                   `json:"source_status_id,omitempty"`
	SourceStatusIdStr string                                  `json:"source_status_id_str,omitempty"`
}

type twitterStatusStatusesEntitiesMediaSizes struct {
	Medium twitterStatusStatusesEntitiesMediaSizesMedium `json:"medium"`
	Small  twitterStatusStatusesEntitiesMediaSizesMedium `json:"small"`
	Thumb  twitterStatusStatusesEntitiesMediaSizesMedium `json:"thumb"`
	Large  twitterStatusStatusesEntitiesMediaSizesMedium `json:"large"`
}

type twitterStatusStatusesEntitiesMediaSizesMedium struct {
	W      int64  `json:"w"`
	H      int64  `json:"h"`
	Resize string `json:"resize"`
}

type twitterStatusStatusesEntitiesUserMentions struct {
	ScreenName string  `json:"screen_name"`
	Name       string  `json:"name"`
	Id         int64   `json:"id"`
	IdStr      string  `json:"id_str"`
	Indices    []int64 `json:"indices"`
}

type twitterStatusStatusesEntitiesHashtags struct {
	Text    string  `json:"text"`
	Indices []int64 `json:"indices"`
}

type twitterStatusStatusesUser struct {
	Id                             int64                             `json:"id"`
	IdStr                          string                            `json:"id_str"`
	Name                           string                            `json:"name"`
	ScreenName                     string                            `json:"screen_name"`
	Location                       string                            `json:"location"`
	Description                    string                            `json:"description"`
	Url                            *string                           `json:"url"`
	Entities                       twitterStatusStatusesUserEntities `json:"entities"`
	Protected                      bool                              `json:"protected"`
	FollowersCount                 int64                             `json:"followers_count"`
	FriendsCount                   int64                             `json:"friends_count"`
	ListedCount                    int64                             `json:"listed_count"`
	CreatedAt                      string                            `json:"created_at"`
	FavouritesCount                int64                             `json:"favourites_count"`
	UtcOffset                      *int64                            `json:"utc_offset"`
	TimeZone                       *string                           `json:"time_zone"`
	GeoEnabled                     bool                              `json:"geo_enabled"`
	Verified                       bool                              `json:"verified"`
	StatusesCount                  int64                             `json:"statuses_count"`
	Lang                           string                            `json:"lang"`
	ContributorsEnabled            bool                              `json:"contributors_enabled"`
	IsTranslator                   bool                              `json:"is_translator"`
	IsTranslationEnabled           bool                              `json:"is_translation_enabled"`
	ProfileBackgroundColor         string                            `json:"profile_background_color"`
	ProfileBackgroundImageUrl      string                            `json:"profile_background_image_url"`
	ProfileBackgroundImageUrlHttps string                            `json:"profile_background_image_url_https"`
	ProfileBackgroundTile          bool                              `json:"profile_background_tile"`
	ProfileImageUrl                string                            `json:"profile_image_url"`
	ProfileImageUrlHttps           string                            `json:"profile_image_url_https"`
	ProfileBannerUrl               string                            `json:"profile_banner_url,omitempty"`
	ProfileLinkColor               string                            `json:"profile_link_color"`
	ProfileSidebarBorderColor      string                            `json:"profile_sidebar_border_color"`
	ProfileSidebarFillColor        string                            `json:"profile_sidebar_fill_color"`
	ProfileTextColor               string                            `json:"profile_text_color"`
	ProfileUseBackgroundImage      bool                              `json:"profile_use_background_image"`
	DefaultProfile                 bool                              `json:"default_profile"`
	DefaultProfileImage            bool                              `json:"default_profile_image"`
	Following                      bool                              `json:"following"`
	FollowRequestSent              bool                              `json:"follow_request_sent"`
	Notifications                  bool                              `json:"notifications"`
}

type twitterStatusStatusesUserEntities struct {
	Description twitterStatusStatusesUserEntitiesDescription `json:"description"`
	Url         twitterStatusStatusesUserEntitiesDescription `json:"url,omitempty"`
}

type twitterStatusStatusesUserEntitiesDescription struct {
	Urls []twitterStatusStatusesUserEntitiesDescriptionUrls `json:"urls"`
}

type twitterStatusStatusesUserEntitiesDescriptionUrls struct {
	Url         string  `json:"url"`
	ExpandedUrl string  `json:"expanded_url"`
	DisplayUrl  string  `json:"display_url"`
	Indices     []int64 `json:"indices"`
}

type twitterStatusStatusesMetadata struct {
	ResultType      string `json:"result_type"`
	IsoLanguageCode string `json:"iso_language_code"`
}

type citmCatalog struct {
	AreaNames                map[string]string            `json:"areaNames"`
	AudienceSubCategoryNames map[string]string            `json:"audienceSubCategoryNames"`
	BlockNames               citmCatalogBlockNames        `json:"blockNames"`
	Events                   map[string]citmCatalogEvents `json:"events"`
	Performances             []citmCatalogPerformances    `json:"performances"`
	SeatCategoryNames        map[string]string            `json:"seatCategoryNames"`
	SubTopicNames            map[string]string            `json:"subTopicNames"`
	SubjectNames             citmCatalogBlockNames        `json:"subjectNames"`
	TopicNames               map[string]string            `json:"topicNames"`
	TopicSubTopics           map[string][]int64           `json:"topicSubTopics"`
	VenueNames               citmCatalogVenueNames        `json:"venueNames"`
}

type citmCatalogVenueNames struct {
	PLEYELPLEYEL string `json:"PLEYEL_PLEYEL"`
}

type citmCatalogPerformances struct {
	EventId        int64                                   `json:"eventId"`
	Id             int64                                   `json:"id"`
	Logo           *string                                 `json:"logo"`
	Name           any                                     `json:"name"`
	Prices         []citmCatalogPerformancesPrices         `json:"prices"`
	SeatCategories []citmCatalogPerformancesSeatCategories `json:"seatCategories"`
	SeatMapImage   any                                     `json:"seatMapImage"`
	Start          int64                                   `json:"start"`
	VenueCode      string                                  `json:"venueCode"`
}

type citmCatalogPerformancesSeatCategories struct {
	Areas          []citmCatalogPerformancesSeatCategoriesAreas `json:"areas"`
	SeatCategoryId int64                                        `json:"seatCategoryId"`
}

type citmCatalogPerformancesSeatCategoriesAreas struct {
	AreaId   int64 `json:"areaId"`
	BlockIds []any `json:"blockIds"`
}

type citmCatalogPerformancesPrices struct {
	Amount                int64 `json:"amount"`
	AudienceSubCategoryId int64 `json:"audienceSubCategoryId"`
	SeatCategoryId        int64 `json:"seatCategoryId"`
}

type citmCatalogEvents struct {
	Description any     `json:"description"`
	Id          int64   `json:"id"`
	Logo        *string `json:"logo"`
	Name        string  `json:"name"`
	SubTopicIds []int64 `json:"subTopicIds"`
	SubjectCode any     `json:"subjectCode"`
	Subtitle    any     `json:"subtitle"`
	TopicIds    []int64 `json:"topicIds"`
}

type citmCatalogBlockNames struct {
}

type canadaGeometry struct {
	Type     string                   `json:"type"`
	Features []canadaGeometryFeatures `json:"features"`
}

type canadaGeometryFeatures struct {
	Type       string                           `json:"type"`
	Properties canadaGeometryFeaturesProperties `json:"properties"`
	Geometry   canadaGeometryFeaturesGeometry   `json:"geometry"`
}

type canadaGeometryFeaturesGeometry struct {
	Type        string        `json:"type"`
	Coordinates [][][]float64 `json:"coordinates"`
}

type canadaGeometryFeaturesProperties struct {
	Name string `json:"name"`
}
